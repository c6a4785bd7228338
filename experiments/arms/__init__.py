"""The statistics of a real test: independent customers, each in one arm.

`read` (file to table), `means` (Welch, CUPED, Tukey), `proportions` (Newcombe), `survival` (log-rank, Cox), `power`,
`analysis` (all pairs, Holm, sample ratio), `report` (in words). Sums are taken by DuckDB, so that rows never fill memory.
"""
