"""Statistics of twin worlds: pure functions over one outcome, shape (policies, seeds), the same luck down each column.

The seed is the independent unit: a desk, a price war or a rival's answer is shared by all customers of a seed.
"""
