"""Words that people here choose as passwords first, in romaji and as keys lie side by side (R6-4). Data, the likeliest first."""

_TRADE = """
gas toshigasu toshigas takusou takuso tousou itaku kyoukyu kyokyu kyoukyuu douka doukan haikan kensin kenshin keiyaku ryoukin ryokin
seikyu seikyuu shiharai kouri kourigyou jigyou jigyousha jigyosha network nettowaku minami higashi nishi kita toushi
uketsuke uketuke uketsukecenter madoguchi tantou tantousha tanto honbu honsha shisha eigyou eigyo eigyousho gyoumu gyomu soumu
jinji keiri kanri kanrisha system systems joho jouhou kyouyuu kyoyu portal juju johs taxis loacus kaisha company
denki denryoku suidou energy enerugi tokyo tokyogas osaka osakagas toho tohogas saibu saibugas hiroshima sendai
login roguin pasuwado pasuwaado anshou angou himitsu kenri kengen shinsei touroku henkou shokika test tesuto demo sample
"""

_EVERYDAY = """
password passwd pass admin administrator welcome letmein iloveyou qwerty master secret hello user guest root default changeme change
sakura himawari tsubaki ajisai momiji hana hanako taro tarou ichiro ichirou jiro jirou yuki yuuki haruka misaki ayumi takashi hiroshi
kenji kenichi satoshi makoto akira naoki daisuke yusuke kazuya tatsuya shota kenta tomoko yoko youko keiko akiko naoko yumi
emi mika miki rika rina nana aya mai sato satou suzuki takahashi tanaka ito itou watanabe yamamoto nakamura kobayashi kato katou
yoshida yamada sasaki yamaguchi matsumoto inoue kimura hayashi shimizu saito saitou mori abe ikeda hashimoto ishikawa
haru natsu aki fuyu spring summer autumn fall winter january february march april may june july august september october november
december ichigatsu nigatsu sangatsu shigatsu gogatsu rokugatsu shichigatsu hachigatsu kugatsu juugatsu juuichigatsu juunigatsu
getsuyou kayou suiyou mokuyou kinyou doyou nichiyou monday tuesday wednesday thursday friday saturday sunday
arigatou arigato ohayou konnichiwa konbanwa sayonara sayounara daisuki suki aishiteru ganbaru ganbare ganbatte yoroshiku
otsukare hajimemashite gochisousama itadakimasu genki kawaii sugoi tanoshii ureshii nihon nippon japan toukyou oosaka kyoto kyouto
nagoya yokohama sapporo fukuoka kobe koube nara okinawa hokkaido hokkaidou fuji fujisan sora umi yama kawa hoshi tsuki taiyou
inu neko wanwan nyanko kuma usagi panda pikachu pokemon doraemon totoro ghibli naruto gundam onepiece conan mario zelda kirby
sushi ramen udon soba onigiri okashi ringo mikan ichigo momo banana tamago gohan ocha coffee beer sake
yakyuu yakyu baseball soccer sakka tennis giants hanshin tigers dragons hawks carp swallows baystars lions fighters eagles marines
kazoku family tomodachi friend okaasan otousan mama papa baby akachan ohana love lovely lucky happy smile dream yume kibou ai
heisei showa shouwa reiwa taishou meiji
"""

_KEYS = """
qwertyuiop asdfghjkl zxcvbnm qwerty asdf asdfgh zxcv zxcvbn qazwsx qazwsxedc 1qaz2wsx 1qaz2wsx3edc 2wsx3edc q1w2e3r4 q1w2e3 1q2w3e4r
1q2w3e4r5t qweasd qweasdzxc qweasdzx poiuytrewq lkjhgfdsa mnbvcxz 1qazxsw2 zaq12wsx zaq1xsw2 zaqxsw azerty
!"#$%&'() !"#$%&' !"#$ @[:]/ ;:]/ @[;: 1q2w3e 123qwe qwe123 asd123 abc123 a1b2c3 a1b2c3d4 aaa111 abcd1234 abcdefg
147258369 159357 741852963 789456123 1234567890 0987654321 112233 11223344 123123 121212 131313 102030 246810 135790
"""

WORDS: tuple[str, ...] = tuple(dict.fromkeys(f"{_EVERYDAY} {_TRADE} {_KEYS}".split()))
