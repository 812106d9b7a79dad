"""What the tests of the real binary share: starting it, talking to it, checking what it says."""
