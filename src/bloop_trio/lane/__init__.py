"""The listener: an express lane for plain ingest requests, and a guarded hand-over of everything else.

http1 · answers            pure: bytes to a request, an answer to bytes
stream                     one socket under Trio, without the cost of a high-level stream
limits · stats             what bounds a connection, and what is counted
reaper                     one task that closes whatever is over its deadline
bodies                     the memory that bodies share while they are collected
connection                 one connection while it is in the lane
front · handover           the ordinary road: the app behind Hypercorn, guarded
sockets · listener         listening sockets, and the accept loops with their graceful stop
"""
