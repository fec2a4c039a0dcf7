"""The R2 binding of a Worker: objects, and objects in parts."""
