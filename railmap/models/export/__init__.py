"""Networks of torch as model packages."""
