"""The door through which every landed file enters the warehouse."""
