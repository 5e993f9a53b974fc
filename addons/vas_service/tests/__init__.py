from . import test_tools_odometer
from . import test_sla_calendar
