"""A shop, its customers and a policy on one clock."""

from sim.compiled import use_cache_folder

use_cache_folder()
