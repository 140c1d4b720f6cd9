"""A project's rules of grouping, tried and changed, and why the events of an issue are one."""
