"""Work on many tickets at once.

`operations` says what can be done and starts, cancels and undoes a job; `running` takes a job from
its first ticket to its last, over any number of stops; `standard` holds the operations every desk
has. Other parts of the product add theirs with `operation(...)`.
"""
