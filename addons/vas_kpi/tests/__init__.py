from . import test_assessment
from . import test_tools_tabular
