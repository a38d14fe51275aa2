"""The most common passwords of ten characters and more, and the pieces weak ones are made of.

Offline on purpose: a password is never sent anywhere to be checked.
"""

_WORDS = """
1234567890 12345678910 0123456789 0987654321 9876543210 1q2w3e4r5t 1q2w3e4r5t6y q1w2e3r4t5 q1w2e3r4t5y6
qwertyuiop qwertyuiop123 1qaz2wsx3edc zaq12wsxcde3 asdfghjkl123 zxcvbnm123 qwerty12345 qwerty123456
password12 password123 password1234 password12345 passw0rd123 p@ssw0rd123 p@ssword123 mypassword
administrator administrator1 adminadmin admin12345 admin123456 letmein123 welcome123 welcome1234
iloveyou123 iloveyou12 football123 baseball123 basketball superman123 batman12345 dragon12345
monkey12345 princess123 sunshine123 starwars123 pokemon123 jordan12345 michael123 liverpool1 manchester
changeme123 changemenow secret12345 secretsecret test123456 testtest12 testtesttest guest12345
abcdefghij abcdefghijk abc1234567 a123456789 aa12345678 qazwsxedcrfv qweasdzxc123 1234qwerasdf
motherfucker bullshit12 computer123 internet123 whatever123 trustno1trustno1 correcthorsebatterystaple
musicmusic musiclover1 mysubsonic navidrome1 subsonic123 raspberry1 raspberrypi homeassistant
"""
COMMON = frozenset(_WORDS.split())
