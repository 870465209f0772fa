"""From events to what they add up to: one pure function of the events and a moment, for rebuilding, following and training.

Nothing depends on the order of the events. Whatever is computed for a moment uses the events up to it and no later one.
"""
