# Installation: see cmake/install (added with the package).
