from . import test_assessment
from . import test_tools_tabular
from . import test_tools_periods
from . import test_tools_scale
from . import test_tools_scoring
from . import test_tools_settlement
