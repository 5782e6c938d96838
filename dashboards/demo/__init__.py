"""The demo: an invented software company's desk, told as data.

Everything here is pure Python: `plan.make_plan(now)` returns frozen dataclasses and touches no
database. Only the loader (`dashboards.demo.loading`) knows Django.
"""
