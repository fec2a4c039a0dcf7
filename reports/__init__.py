"""The record of a run and its renderings. Imports nothing of ours, so that an old record can be read anywhere."""
