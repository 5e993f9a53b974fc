from . import driver, portal
