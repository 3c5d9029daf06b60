//! Wiring: builds every room from plain settings, connects them, starts and stops them.
