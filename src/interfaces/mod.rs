//! Faces to the outside: translate in, call the rooms, translate out.
