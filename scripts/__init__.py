"""Python at the edges of the project: the door for landed files, the simulator and the command line."""
