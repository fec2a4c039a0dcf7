"""The clients that people have: packages of npm, each against the dialect of the reference proxy that it speaks."""
