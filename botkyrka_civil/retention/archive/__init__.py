"""A case's complete package for the archive: what it is made of, how it is written, and how it is checked.

kinds.py    which kinds of cases there are, and what belongs to each
rows.py     a row as facts, for machines and for people
package.py  all parts of one case, and how they are written to one file
mets.py     the manifest
checks.py   whether a package is whole
"""
