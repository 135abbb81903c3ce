"""A batch on many machines: its ledger is in PostgreSQL, and any number of workers share it.

The row of the ledger is the truth about money. A worker may submit a row only after it has committed its intent, in one transaction
that also holds all limits of the batch; every later change is conditional on the stage and on the attempt. So a worker that was
stopped, cut off or expired never pays twice, whenever it wakes up.
"""
