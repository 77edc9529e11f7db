"""Live control: stop, roll back and resume at the enforcement points, and read back that they did."""
