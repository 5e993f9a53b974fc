from . import test_tools_odometer
from . import test_sla_calendar
from . import test_sla_ticket
from . import test_tools_premium
from . import test_tools_visits
from . import test_grading_decisions
from . import test_grading_performance
from . import test_grading_scheme
