"""What tests of several folders share, a module for each kind of thing."""
