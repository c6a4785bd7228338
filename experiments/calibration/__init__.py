"""A population from a shop's own orders: `facts` (the yardstick), `process` (the simulated clock), `moments` (what is
fitted), `search` (the fit and its uncertainty), `backtest` (how it forecasts), `oddities`, `page` and `files`.
"""
