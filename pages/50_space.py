"""Item space

Where does a model put the films, and can its map and its idea of alike be trusted?

Icon: scatter_plot
"""

from ui import page, space

data = page.begin(__doc__)

with page.choose("Which model, and what the colours say"):
    view = space.choose(data)
space.show(data, view)
