"""Real customers: an order log is read, a population fitted to it, and each customer's state drawn given their own orders.

`read.read_orders` (file to log), `fit.fit` (log to population), `given.draw_given_log` (log to shoppers at the start),
`forecast` (expected orders and P(alive), for reports), `fetch` (the CDNOW log, for examples).
"""
