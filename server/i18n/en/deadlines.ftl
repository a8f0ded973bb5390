# The working-day calendar
deadlines-calendar = Working days
deadlines-lead = Public holidays and the weekends worked in their stead come with the program; school holidays and closures are entered here. No light turns red on a day off, and "within so many working days" is counted by this.
deadlines-year = { $year }
deadlines-year-before = The year before
deadlines-year-after = The year after
deadlines-year-unknown = The holidays of { $year } are not known yet; for now only Saturdays and Sundays are taken as free. Enter them below once they are published.
deadlines-kind = For units of kind
deadlines-kind-all = All units
deadlines-kind-unknown = There is no unit of this kind
deadlines-show = Show
deadlines-months = The whole year
deadlines-spans = Holidays and days worked instead
deadlines-spans-none = Nothing special this year, only weekends.
deadlines-periods = Entered here
deadlines-periods-none = Nothing entered yet. Schools may enter their holidays.
deadlines-span = { $from } to { $until }
deadlines-add = Enter days
deadlines-name = Name
deadlines-name-help = For example: winter holiday 2027, Spring Festival 2027, days worked instead
deadlines-name-needed = A name is needed
deadlines-from = First day
deadlines-until = Last day
deadlines-works = These days are
deadlines-works-off = free
deadlines-works-on = worked
deadlines-until-before-from = The last day cannot be before the first
deadlines-period-long = At most { $limit } days at once
deadlines-day-wrong = "{ $value }" is no valid date
deadlines-period-added = Entered: { $name }
deadlines-period-removed = Removed
deadlines-remove = Remove
deadlines-remove-one = Remove: { $name }
deadlines-added-by = entered by { $name }
deadlines-today = today
deadlines-sign-off = off
deadlines-sign-on = on
deadlines-in-lieu = worked instead, { $holiday }
deadlines-days = Days
deadlines-what = Why
deadlines-holiday-new-years-day = New Year's Day
deadlines-holiday-spring-festival = Spring Festival
deadlines-holiday-tomb-sweeping-day = Tomb-sweeping Day
deadlines-holiday-labour-day = Labour Day
deadlines-holiday-dragon-boat-festival = Dragon Boat Festival
deadlines-holiday-national-day = National Day
deadlines-holiday-mid-autumn-festival = Mid-autumn Festival
deadlines-holiday-anti-fascist-70th-day = Victory Day
deadlines-weekday-1 = Mo
deadlines-weekday-2 = Tu
deadlines-weekday-3 = We
deadlines-weekday-4 = Th
deadlines-weekday-5 = Fr
deadlines-weekday-6 = Sa
deadlines-weekday-7 = Su
deadlines-month = { $month ->
    [1] January
    [2] February
    [3] March
    [4] April
    [5] May
    [6] June
    [7] July
    [8] August
    [9] September
    [10] October
    [11] November
   *[12] December
}
deadlines-bound-line = Line { $line } of the notice says not after { $day }; it cannot be later
deadlines-bound = The notice says not after { $day }; it cannot be later
