"""The network on several processes or machines, with Dask; the extra ``cluster``."""
