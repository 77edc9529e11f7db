"""The keeper: it makes silence mean stopped, and carries every stop to every point before any may go on."""
