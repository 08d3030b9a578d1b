"""Report: a recorded run as one page that opens anywhere, without this program and without a network."""
