"""The live room: who is in it, who waits at its door, who lets in and puts out."""
