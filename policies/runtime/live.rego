# METADATA
# title: What is live
# description: The names of the workflows that a point lets run, for who must know them all.
package countersign.live

names := [name | some name, declared in data.catalog.workflows; declared.state == "live"]
