"""The meaning: who may do what, and what follows. Synchronous, deterministic, without I/O."""
