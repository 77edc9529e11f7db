// Prints the H1 digest of each folder named on standard input, one a line, by Go's own dirhash.
package main

import (
	"bufio"
	"fmt"
	"os"

	"golang.org/x/mod/sumdb/dirhash"
)

func main() {
	folders := bufio.NewScanner(os.Stdin)
	for folders.Scan() {
		digest, err := dirhash.HashDir(folders.Text(), "", dirhash.Hash1)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		fmt.Println(digest)
	}
}
