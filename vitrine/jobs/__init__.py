"""Work that an operator asks for over HTTP and that takes longer than an answer may: training, evaluating, counting anew.

A job is a file below the state folder, so that it outlives every process; workers take what waits, one of each kind at a time
for a catalogue, and who dies over a job leaves it to the next.
"""
