"""The site: static pages without scripts or outside hosts, that work from any path and from a disk."""
