#include "tokenizer/abbreviations.h"

#include <algorithm>
#include <iterator>

#include "tokenizer/language_code.h"

namespace transept {
namespace {

// Titles that are no words anywhere.
constexpr LanguageWords kUnknown = {"", " mr mrs ms dr dra prof sr sra jr vs mme mlle bzw e.g i.e ",
                                    "", " nr vol fig pp ",
                                    "", false,
                                    "", ""};

constexpr LanguageWords kTable[] = {
    {" en eng ",
     " mr mrs ms messrs mx dr prof rev hon gen col lt sgt capt cpl pvt cmdr adm maj gov sen "
     "rep pres supt mt mts vs e.g i.e cf viz approx mme mlle mons msgr ",
     " st ste jr sr inc ltd co corp llc plc bros dept est ave blvd rd ft fr ed eds al ca univ assn "
     "ph.d phd m.d u.s u.k u.n e.u d.c a.m p.m ",
     " no nos vol vols fig figs p pp art arts sec ch chap eq ver v jan feb mar apr jun jul aug sep "
     "sept oct nov dec mon tue tues wed thu thur thurs ",
     " the a an he she it we they i you this that these those there then here but and so or yet in "
     "on at by for from with to as if when while after before since although because however what "
     "who why where how which his her its our their your my all some many most no not now today "
     "yesterday tomorrow later one everyone everybody everything nobody nothing both each every "
     "another have has had do does did are is am was were can could will would should please let ",
     false, "", ""},
    {" de deu ger ",
     " dr prof hr fr frl fa gem med phil jur rer nat h.c abt dipl ing geb gest bzw evtl ggf "
     "inkl exkl zzgl sog vgl d.h z.b i.d.r "
     "u.a z.t o.g i.a b.z.w mind max min hl verh ",
     " st str tel usw usf etc u.s.w o.ä u.ä o.dgl u.dgl ca mio mrd abb hrsg verf bd bde bspw insb "
     "lt jh jhd jhdt v.chr n.chr chr u.v.m mwst co inc a.d ",
     " nr nrn abs art abb s bd kap ziff jan feb aug sep sept okt nov dez tab ",
     " der die das den dem des ein eine einen einer einem er sie es wir ihr ich du man dann danach "
     "aber und doch auch in im am an auf mit nach als wenn dies diese dieser dieses hier dort da "
     "so seine seinen sein ihre ihren mein meine unser unsere was wer wie wo warum wann weshalb "
     "heute gestern nun jetzt trotzdem deshalb deswegen daher außerdem allerdings alle viele "
     "niemand jeder bei bis für vor von zu zum zur seit später schließlich leider vielleicht "
     "kein keine keiner nicht alles nichts ob weil obwohl während hast hat haben ist sind bist war "
     "kann "
     "kannst können könnte wird werden würde bitte ",
     true, "str", ""},
    {" fr fra fre ",
     " m mm mme mmes mlle mlles mgr dr pr st ste cf p.ex c.-à-d c.à.d env av apr me ",
     " etc hab boul éd j.-c jr cie ", " p pp art arts vol fig chap al n no nos t éd ",
     " le la les un une des il elle ils elles on nous vous je tu j' l' c' ce cet cette ces mais et "
     "puis alors dans en à au aux pour quand si son sa ses leur leurs mon ma mes notre votre par "
     "sur avec après avant depuis pendant ainsi donc cependant pourtant aujourd'hui hier demain "
     "qui que quoi où comment pourquoi tout tous toute toutes personne rien ensuite enfin ",
     false, "", ""},
    {" es spa ",
     " sr sra sres sras srta srtas dr dra dres prof profa d dña da lic ing gral cnel cap pdte ee "
     "ff p.ej p.ej vs cf cía ",
     " ud uds vd vds st sta sto av avda avd aprox etc ee.uu uu rr.hh cc.oo ss.mm a.c d.c a.m p.m "
     "s.a jr c ",
     " pág págs p pp art arts núm núms no nº vol fig cap n tel ",
     " el la los las un una unos unas él ella ellos ellas ello yo tú usted ustedes nosotros pero y "
     "luego entonces después en a al para cuando si su sus mi mis este esta estos estas ese esa "
     "eso esto hay por con desde hasta aunque sin también hoy ayer mañana no qué quién dónde cómo "
     "nadie todo todos todas ya así ",
     false, "", ""},
    {" it ita ",
     " sig sigg sigra sig.ra sig.na dott dott.ssa ing avv gen prof prof.ssa arch geom rag on mons "
     "cav "
     "cfr egr gent spett p.es ad.es es vs ",
     " ecc etc a.c d.c s.p.a s.r.l c.a ca tel ", " n nr nn p pp pag pagg art artt vol fig cap ",
     " il lo la i gli le un uno una l' un' egli ella esso essa loro io tu lui lei noi voi ma e poi "
     "allora dopo in a al alla per quando se suo sua suoi sue mio mia questo questa questi queste "
     "quello quella ci c' con da dal dalla dalle anche oggi ieri domani non chi che cosa dove come "
     "perché nessuno tutto tutti tuttavia così ",
     false, "", ""},
    {" pt por ",
     " sr sra srs sras srta dr dra drs dras prof profa profª eng arq exmo exma ilmo ilma cf p.ex d "
     "gen cel cap ten sto sta vs ",
     " av r etc aprox ltda cia s.a a.c d.c a.m p.m eua st ",
     " n nº p pp pág págs art arts vol fig cap núm tel ",
     " o a os as um uma uns umas ele ela eles elas eu tu você vocês nós mas e depois então em no "
     "na nos nas ao à para quando se seu sua seus suas meu minha este esta esse essa isso isto "
     "aquele aquela há por com desde até embora também hoje ontem amanhã não quem que onde como "
     "ninguém tudo todos todas já assim ",
     false, "", ""},
    {" nl nld dut ",
     " dhr mevr mw mej dr drs ir ing mr gen prof bijv bv incl excl o.a m.a.w d.w.z i.p.v t.a.v "
     "m.b.t "
     "t.o.v n.a.v vgl ds mgr jhr d.m.v i.v.m z.g.n ",
     " st enz etc e.d ca jl ong max min jr sr tel b.v n.v a.s m.i a.u.b v.chr n.chr chr ",
     " nr nrs art blz p pp fig jan feb mrt apr aug sept okt nov dec ",
     " de het een hij zij ze wij we ik jij je jullie u men er dan daarna maar en toch ook in op "
     "aan "
     "met na als toen wanneer dit deze dat die hier daar zo zijn haar hun mijn onze wat wie waar "
     "hoe waarom vandaag gisteren morgen nu daarom echter alle alles niets veel niemand iedereen "
     "bij voor van "
     "te sinds later ",
     false, "", ""},
    {" ru rus ",
     " т.е т.н т.к г-н г-жа им проф акад доц д-р инж св ул пр-т просп пер пл бул д кв корп стр оз "
     "напр ср тов гр полк ген лейт кап ",
     " г гг в вв т.д т.п т т др пр п ст руб коп тыс млн млрд н.э чел мин сек кг км см мм э ",
     " с стр рис табл гл п пп ч т № им ст ",
     " он она оно они мы вы я ты это этот эта эти тот та те но и а однако потом затем тогда в во "
     "на "
     "с со к по из от до для при за о об когда если его её ее их мой моя наш наша ваш все всё весь "
     "там здесь тут так как что кто где почему сегодня вчера завтра теперь сейчас после перед "
     "никто каждый многие некоторые поэтому ",
     false, "", ""},
    {" uk ukr ", " ім проф акад вул просп пл див напр тов гр т.зв ",
     " р рр ст т.д т.п ін грн тис млн млрд н.е с м обл ", " с стор рис табл гл п ч т ст ",
     " він вона воно вони ми ви я ти це цей ця ці але і й та а потім тоді у в на з до для при за "
     "про коли якщо його її їх там тут так як що хто де чому сьогодні вчора завтра тепер після ",
     false, "", ""},
    {" da dan ", " hr fru dr prof bl evt f.eks inkl jf kl mht vedr ", " ca osv pga m.m o.l st jr ",
     " nr art s fig ",
     " den det de der en et han hun vi jeg du man men og så også i på at med efter da når dette "
     "denne her hans hendes min ",
     true, "", ""},
    {" sv swe ", " hr dr prof bl dvs ev exkl inkl jfr resp t.ex s.k ",
     " ca osv m.m m.fl o.s.v st jr ", " nr art s fig kap ",
     " den det de en ett han hon vi jag du man men och så också i på att med efter när detta denna "
     "här hans hennes min ",
     false, "", ""},
    {" no nb nn nor nob nno ", " hr fru dr prof bl evt inkl jf f.eks dvs ",
     " ca kl osv pga m.m o.l st jr ", " nr art s fig ",
     " den det de en et ei han hun vi jeg du man men og så også i på at med etter da når dette "
     "denne her hans hennes min ",
     true, "", ""},
    {" fi fin ", " hra rva dr prof esim ks mm ns toht ", " jne yms n k nk jr ", " nro s kpl ",
     " hän se he ne me te minä sinä mutta ja sitten kun jos tämä nämä siellä täällä nyt ", true, "",
     ""},
    {" pl pol ", " prof dr inż mgr hab ks św ul al np tzw tj por m.in p ", " itd itp r w n.e tys ",
     " nr str art ust poz rys s ",
     " on ona ono oni one my wy ja ty to ten ta te ale i a potem wtedy w we na z ze do po gdy "
     "kiedy "
     "jeśli jego jej ich tam tu tak jak co kto gdzie dlaczego dziś wczoraj jutro teraz nie ",
     false, "", ""},
    {" cs ces cze sk slk slo ", " prof dr ing mgr bc sv ul tzv tj např napr resp mudr judr phdr ",
     " atd apod n.l r s ", " č str čl obr s ",
     " on ona ono oni my vy já ja ty to ten ta tento ale a i potom pak v ve na z ze do po když keď "
     "jeho její ich tam tu tak jak ako co čo kdo kto kde proč prečo dnes včera teď teraz ne nie ",
     true, "", ""},
    {" hu hun ", " dr prof id ifj özv kb pl ún ", " stb ", " sz old ",
     " a az egy ő ők mi ti én te de és majd akkor ez ezek itt ott ", true, "", ""},
    {" ro ron rum ", " dl dna d-l d-na dra dr prof ing sf str cca ", " etc ", " nr art pag p ",
     " el ea ei ele noi voi eu tu un o dar și apoi atunci în la pe cu când dacă acest această ",
     false, "", ""},
    {" el ell gre ", " κ κα κος κ.κ δρ καθ αγ π.χ δηλ βλ ", " κ.λπ κτλ κ.ά κ.ο.κ μ.χ π.χ ",
     " αρ σελ αρθ εικ ", "", false, "", ";"},
    {" hy hye arm ", "", "", "", "", false, "", ":"},
    {" tr tur ", " dr prof doç av sn bkz vb vs örn ", "", " no s ",
     " bu o şu ben sen biz siz onlar ama ve sonra ", true, "", ""},
    {" hi hin mr mar ne nep ", " डॉ श्री प्रो पं ", "", "", "", false, "", ""},
};

}  // namespace

const LanguageWords& words_of_language(std::string_view language) {
  const std::string code = language_part(language);
  if (code.empty()) return kUnknown;
  const auto* row = std::find_if(std::begin(kTable), std::end(kTable),
                                 [&](const LanguageWords& r) { return lists(r.languages, code); });
  return row == std::end(kTable) ? kUnknown : *row;
}

bool lists(std::string_view list, std::string_view word) {
  for (std::size_t at = list.find(word); !word.empty() && at != std::string_view::npos;
       at = list.find(word, at + 1)) {
    if (at > 0 && list[at - 1] == ' ' && at + word.size() < list.size() &&
        list[at + word.size()] == ' ') {
      return true;
    }
  }
  return false;
}

}  // namespace transept
