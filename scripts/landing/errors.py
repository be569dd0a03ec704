"""What is said when landed input can't be taken as it is."""


class LandingError(Exception):
    """Input that refuses the build: the message is one line that says what, where and what to do."""
