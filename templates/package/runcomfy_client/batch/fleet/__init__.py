"""A batch on many machines: its ledger is in PostgreSQL, and any number of workers share it.

The rows of the ledger decide what is paid for. A worker submits a row only after it has committed an intent to do so, in a
transaction that also checks all limits of the batch; every later change is conditional on the stage and the attempt. So a worker
that was stopped, cut off or expired never pays twice, whenever it continues.
"""
