"""The bundle: the second gate. What merged runs only if its record says so."""
