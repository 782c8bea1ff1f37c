"""The stock function, imported by the tuned one's start-up."""

from tuned.startup import quick_imports

with quick_imports():
    import main

handler = main.handler
