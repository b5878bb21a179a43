"""The words by which people ask a shop for something, for each intent, in Vietnamese and English.

A phrase is a line; `automator.conditions.functions.intents` reads it:

- `(a|b c|)` is any of these words, or none; `..` is up to three words; `^` and `$` are the ends of a
  clause, with forms of address and particles such as "shop ơi" and "ạ" beside them.
- `<n>` is a number, `<u>` what goods are counted in, `<p>` a person, `<k>` the end of a question that
  is answered with yes or no, `<w>` a weight or a height such as 50kg.
- `!word` must be typed with exactly these accents, because it is another word without them.

`words` always count. `asked` count only in a question or in a text of few words: "ship?" asks, and
"ship nhanh" in a review does not. `but` are stretches in which none of these words counts, as "giá"
in "đánh giá". A text with one of `never` does not have the intent at all.
"""

from collections.abc import Mapping
from typing import Final

from automator.model import N_, record


@record(kw_only=False)
class Intent:
    """Something that people want from a shop, and the phrases that show it."""

    about: str
    words: str
    asked: str = ""
    but: str = ""
    never: str = ""
    #: Whether every word must be typed with exactly its accents.
    is_exact: bool = False


#: Forms of address, particles and politeness, beside which a clause begins and ends.
BESIDE: Final = (
    "shop sop ơi ạ ah a vậy thế với nha nhé nhe nè b bạn em c chị anh ad add admin dạ vâng ok oke hi"
    " hello alo hey please pls plz thanks á nhỉ luôn giúp dùm mình m cô bác chú vợi đi nghen hen nghe"
    " tui tôi ha haha kk hihi lun dear sis bro guys sir"
)
#: Kinds of words; the first three make a clause a question: anywhere in it, at its beginning, or at
#: its end.
CLASSES: Final = {
    "asks": (
        "sao nào gì mấy bao hả đâu what how when where which who why whats hows please pls plz xin"
        " hỏi muốn cần tư need want"
    ),
    "asks first": "is are do does did can could will would any should am has have got",
    "asks last": "không chưa hả hông nhỉ chứ đâu à hay",
    "<k>": "không chưa hả chứ nhỉ hay hông",
    "<n>": "một hai ba bốn vài one two three four five couple several",
    "<p>": "em mình anh chị bạn cô chú bác con tôi tui tớ c b m a t mk me us",
    "<u>": (
        "cái chiếc bộ set đôi áo quần váy đầm hộp lọ chai túi kg ký thùng cặp con mẫu cây gói bịch"
        " cuốn combo ly suất phần hũ tuýp thỏi bánh món sp item items piece pieces pcs ones em"
    ),
    "<w>": "",
}

INTENTS: Final[Mapping[str, Intent]] = {
    "price": Intent(
        N_("the price"),
        words="""
giá .. (bao nhiêu|nhiêu|nhiu|bao|sao|s|thế nào|ntn|mấy);
(bao nhiêu|nhiêu|nhiu|mấy|bao) (tiền|xiền|xu|k|đồng|ngàn|nghìn|trăm|triệu|tr);
(xin|hỏi|báo|check|ib|rep|gửi|nhắn|tham khảo|xem) .. giá; giá (ib|inbox|sỉ|buôn);
giá khi (mua|nhập|lấy); bảng giá;
giá (sp|sản phẩm|cái|mẫu|áo|bộ|đôi|túi|em|chiếc|con|set|combo|quần|váy|đầm|mã|máy) (này|kia|đó|trên|dưới|bên|đầu|<n>|đỏ|đen|trắng);
^giá$; ^ib$; ib (với|nha|nhé|đi); (bán|để|lấy|hết|tổng|tổng cộng|có giá|giá) bao nhiêu;
mua .. bao nhiêu 1 cái; (cái|bộ|mẫu|đôi|cặp|áo|váy|đầm|túi|set|con|quần) .. nhiu$;
(bao nhiêu|nhiêu|nhiu) (<n>|1|một) <u>; ^(baonhieu|bnhieu|nhiu|nhiêu|giabaonhieu)$; how much;
(what|whats|know|send|tell|give|dm|pm|need|ask|about|inbox|check) .. (price|prices|cost|costs|pricing);
^(price|prices|cost|hm|pp|how mch)$; price (list|please|pls|plz|pm|dm|check|negotiable);
hm (is|for|are); what do .. go for; (rate|price|cost) per; wholesale price""",
        asked="""
giá; bao nhiêu; nhiêu; nhiu$; có bớt; bớt không; (có|giá) fix; (có|là) (mắc|đắt) <k>; giảm giá <k>;
(price|prices|cost|costs|pricing); how expensive; cheaper""",
        but="""
(đánh|giảm|tăng|trả|nguyên|được|đáng|hợp|so|so với|tầm|mức|đúng|hạ|tụt|đấu|định) giá;
với giá (này|đó|vậy|rẻ); (phù hợp|tương xứng|xứng) .. giá;
giá (này|vậy) (là|thì|mà|quá|ok|cũng|rất|đã|không chê);
giá (okela|sale|có <n>|chỉ|được|siêu|rất|quá|cũng|thì|bình dân|học sinh|hạt dẻ|không đắt|rẽ|vừa|trên trời|ngon|chuẩn);
giá (rẻ|hợp lý|tốt|trị|như <p>|mềm|hời|cao|hơi|ok|ổn|sinh viên|lại|đắt|chát|treo|đỡ|sách|thành|yêu);
giá cả (hợp lý|phải chăng|phù hợp|ok|ổn|chấp nhận|quá|rất|cũng|tốt|mềm);
(gia|quốc|chuyên|tham) (đình|vị|công|gia|dụng|nhập|tăng|hân|bảo|huy|hạn|lai);
(quốc|chuyên|tham|đại|oan|làm|tư|thừa) gia;
(ship|phí|cước|vận chuyển|cọc|giao) .. (bao nhiêu|nhiêu|nhiu|sao|giá|mấy tiền);
(bao nhiêu|nhiêu|mấy|nhiu) .. (ship|freeship|vận chuyển);
(bao nhiêu|nhiêu|nhiu|mấy) (kg|ký|kí|cân|ngày|hôm|lâu|người|mah|inch|in|phần trăm|gb|ml|gr|gram|w|km|trang|cm|m|mét|size|màu|mẫu|tuổi|phút|giờ|h|lít|sao|like|năm|tháng|tuần|cái|bè|ơi|đây|thì|lần);
(nặng|cao|eo|dài|rộng|size|vòng|mông|ngực|số|tuổi|chiều|kích thước|bảo hành|còn|spf|pin|ram|màn hình|công suất|quận|đến|tới|kg|dung tích|cỡ|tầm) .. (bao nhiêu|nhiêu|nhiu);
(các|cho|chào|cảm ơn|cám ơn|của|nhờ|mong) bn; (cảm ơn|cám ơn|thanks|tks|thank) .. nhiu;
không .. bao nhiêu;
how much .. (shipping|delivery|ship|deliver|postage|deposit|weigh|time|longer|weight|days);
(shipping|delivery|postage) (price|cost|costs|fee); (cost|price) of .. (shipping|delivery);
(worth|for|good|great|fair|nice|reasonable|right|love) (the|this|that)? (price|cost);
(size|fit|delivery|shipping|price|prices) .. (perfect|fast|quick|perfectly|super|slow);
price is (fair|good|great|ok|right|reasonable)""",
    ),
    "availability": Intent(
        N_("what is in stock"),
        words="""
còn .. (không|hay hết|chứ|chưa|hả)$; còn (hàng|bán|sẵn|đủ màu) <k>; ^còn$;
(còn|có) (màu|mẫu) (nào|gì|khác|gì khác); (mấy|những) màu; ^màu (nào|gì)$;
(hết|hết hàng) .. (chưa|rồi hả|rồi à|luôn rồi hả|không)$; hết .. rồi (hả|à|ha);
có hàng (chưa|không|lại|sẵn);
(khi nào|bao giờ|chừng nào|lúc nào|hôm nào) .. (có hàng|có lại|về hàng|hàng về|có thêm|về thêm|có size|về);
(hàng|mẫu|màu) .. về chưa; về hàng (chưa|không); sắp có hàng; (có|còn) .. sẵn .. (không|chưa|hay);
có bán .. <k>; có (màu|mẫu|size) .. <k>; (bán|có|kiếm) .. shop có <k>;
do (you|u|ya) (still)? (have|sell|carry|stock) (any|it|this|these|that|them|the|a|some|more|other|blue|red|black|white|green);
(is|are) .. available; still (available|have); (back|out of|in) stock; restock; (sold|sell) out;
any (more|other)? (left|remaining); (got|have) any .. (more|left|ones|of|red|blue|black|white);
have (it|this|these|that) in; in (other|another|different|any other) (color|colors|colour|colours);
have you got; when .. (have|get) (it|them|this|these|more); any stock;
(shop|bên|bên mình|bên bạn|bạn|ad|shop mình) có .. <k>$; do (you|u) sell""",
        asked="""
(hết|còn) hàng; còn (size|màu|mẫu|sẵn); còn$; có sẵn; available; left$; (color|colour) options;
(what|which) (colors|colours|color|colour)""",
        but="""
!con (gái|trai|em|mình|nhỏ|bé|nít|đường|mèo|chó|chị|dâu|rể);
con (gái|trai|nít|đường|mèo|chó|dâu|rể);
còn (mở|gì|nợ|thắc mắc|thiếu|nhận|ship|giảm|sale|freeship|đơn|yêu); không còn;
(shop|ai|bạn) còn thức; (chưa|đơn|kg|cân) .. về chưa;
(shop|bên|bên mình|bên bạn|bạn) có .. (ship|giao|cửa hàng|shop|chi nhánh|cọc|freeship|free ship|bảo hành|đổi|giảm|nhận|cần|uy tín|tuyển|mở|làm|lừa|thể|được|gửi|địa chỉ|stk|biết|thấy|rep|trả lời|chưa|cho|phải|đắt|ở|đúng|ai);
do (you|u) have .. (store|shop|branch|address|size|sizes|website|showroom|delivery|chart|guide|measurements|payment);
are you available; (delivery|shipping|payment|shipment) .. available""",
        never="đơn của; đơn hàng; mở cửa; giảm giá; khuyến mãi",
    ),
    "size": Intent(
        N_("sizes"),
        words="""
(size|sai|cỡ|sz) (nào|gì|mấy|bao nhiêu|chart|guide|sao); (bảng|tư vấn|hỏi|xin) (size|cỡ|sai);
(mặc|đi|mang|đeo) .. vừa .. (không|nhỉ|hả); (mặc|bận|đi) được (không|đến|tới) (mấy|bao nhiêu)?;
(bao nhiêu|mấy|nhiêu) (kg|ký|kí|cân) .. (mặc|vừa|size|lấy);
(mặc|size|tới|đến|được) .. (bao nhiêu|mấy|nhiêu) (kg|ký|kí|cân);
size .. (bao nhiêu|mấy|nhiêu) (kg|ký|kí|cân|cm);
(có|còn|hết) (size|sai|sz) .. (không|chưa|rồi à|rồi hả|nào); (size|sai|sz) .. còn .. không;
(rộng|ôm|form) .. (hay|không|vừa) ..;
(dài|rộng|eo|ngực|mông|cao|kích thước|vòng eo|số đo|chiều dài) .. (bao nhiêu|nhiêu|mấy|sao|thế nào);
(freesize|oversize|bigsize|big size) .. (không|hay|mấy|bao nhiêu);
cho người (mập|béo|gầy|ốm|lùn|mũm mĩm); (eo|ngực|mông|bụng) .. (mặc|vừa) .. không; what .. sizes;
(what|which) size; size (chart|guide|list|table|recommendation); (does|do|will|would) .. (fit|run);
fit (me|a|someone); (run|runs) (small|large|big); measurements; (plus|bigger|larger|smaller) size;
how (long|wide|tall) is (the|this|it); (big|small) or (small|big); the dimensions""",
        asked="""
<w> .. (mặc|lấy|vừa|size|mang|đi|sai); (mặc|lấy|đi|mang|chọn) (size|sai|cỡ); (size|sai|sz);
true to size; sizes; (mặc|bận) vừa; mặc rộng; kích thước; <w> .. size""",
        but="""
sài gòn; (đúng|chuẩn|đổi|sai) size; (size|fit|fits) .. (perfect|perfectly|good|great|well);
(mặc|mang|đi) vừa (lắm|quá|luôn|in|khít|người|xinh|đẹp|y);
(mặc|mang|đi) .. (vừa đẹp|vừa in|thoải mái|hơi rộng|hơi chật|rất vừa|vừa khít);
size (hơi|chuẩn|vừa|đúng|nhỏ quá|to quá|rộng); how (long|soon) .. (delivery|shipping|take|arrive);
(swap|exchange|change) .. size""",
    ),
    "delivery_cost": Intent(
        N_("the cost of delivery"),
        words="""
(ship|giao hàng|giao|vận chuyển|cước|gửi) .. (bao nhiêu|nhiêu|nhiu|sao|thế nào|mấy tiền|tính sao);
(bao nhiêu|nhiêu|nhiu|mấy) .. (ship|freeship|free ship|vận chuyển);
(freeship|free ship|fship|miễn ship|miễn phí ship|miễn phí vận chuyển|miễn phí giao hàng) .. (không|chưa|hả);
(có|được|mình|hỗ trợ|nhận) (freeship|free ship|ship|giao|giao hàng|gửi) .. (không|chứ|hả);
(ship|giao|giao hàng|gửi) (tới|về|đến|đi|ra|vào|qua) .. (không|chứ|hả|dc|được);
(ship|giao) (tỉnh|cod|hỏa tốc|tận nơi|tận nhà|nước ngoài|toàn quốc|nội thành|ngoại thành|ra|vào|về|đi) .. (không|bao nhiêu|nhiu|nhiêu|hả|chứ);
^(phí|tiền|giá|cước) (ship|giao|giao hàng|vận chuyển|gửi);
(xin|hỏi|biết|tính|báo) .. (phí|tiền|giá|cước) (ship|giao|vận chuyển|gửi); ^ship$;
^(freeship|free ship)$; (mua|lấy|đơn) .. (freeship|free ship); ship (không|cod không)$;
(shipping|delivery|postage|shipment) (fee|fees|cost|costs|charge|charges|price|rate|rates);
how much .. (shipping|delivery|ship|deliver|postage|shipment);
(is|have|with|get|offer) .. free (shipping|delivery); ^free (shipping|delivery)$;
(is|are) (shipping|delivery) (free|included); do (you|u|they) .. (ship|deliver);
(can|could|will|would) (you|u) (ship|deliver);
(ship|deliver|delivery|shipping|shipment) (to|internationally|worldwide|abroad|overseas);
(delivery|shipping|shipment|shipments) (option|options|method|methods|charge);
(options|methods) .. (delivery|shipping|shipment|shipments|deliveries)""",
        asked="""
(ship|freeship|fship); (giao|gửi) (tỉnh|tận nơi|tận nhà|hàng); vận chuyển;
(phí|tiền|giá|cước) (ship|giao|giao hàng|vận chuyển|gửi); (shipping|delivery|deliver)""",
        but="""
chưa .. (ship|giao|gửi);
(ship|giao|giao hàng|gửi|gửi hàng|hàng) .. (nhanh|chậm|lâu|chưa|rồi|đúng|đủ|sai màu|sai mẫu|sai hàng|nhầm|thiếu|cẩn thận);
(ship|giao|về|gửi|vận chuyển) .. (bao lâu|mấy ngày|mấy hôm|khi nào|bao giờ|chừng nào|tới đâu|bao nhiêu ngày|mấy bữa|nhiêu ngày);
(khi nào|bao giờ|chừng nào|bao lâu|mấy ngày|mấy hôm|sao) .. (ship|giao|gửi|nhận|giao hàng);
(ship|gửi|giao) (em|mình|cho|giúp|chị) .. (<n>|đơn); (shop|ai|đã|không) (gửi|giao) .. chưa;
gửi (mình|em|cho|stk|số|ảnh|hình|qua|giá|giúp|lại|trả|nhầm|thiếu|sai|về) ..;
(thời gian|tốc độ|nhân viên|người|bên) giao hàng; giao diện; (được|có|còn) (tặng|freeship nên);
(delivery|shipping|shipment) (time|times|date|period|take|takes|come|arrive|address|status);
(how long|when|how soon|how fast|how many days|same day|estimated|track|fast|on) .. (delivery|shipping|ship|deliver|shipment|delivered);
(cash|pay|payment) on delivery;
(delivery|shipping) .. (on time|fast|quick|late|super|slow|good|man|guy); (shipping|delivery) was""",
    ),
    "delivery_time": Intent(
        N_("the time that delivery takes"),
        words="""
bao lâu .. (nhận|có hàng|tới|đến|giao|hàng|ship|về|có);
(ship|giao|về|gửi|vận chuyển|nhận|tới) .. (bao lâu|mấy ngày|mấy hôm|mấy bữa|khi nào|bao giờ|chừng nào|bao nhiêu ngày|nhiêu ngày|lâu không);
(mấy|bao nhiêu|nhiêu) (ngày|hôm|bữa|tuần) .. (tới|nhận|có|đến|giao|ship|về);
(khi nào|bao giờ|chừng nào|lúc nào|hôm nào|ngày nào) .. (nhận|giao|ship|đến|tới nơi|tới|có hàng);
đặt .. (khi nào|bao giờ|mai|hôm nay|bao lâu|mấy ngày|thứ) .. (có|nhận|kịp|tới);
giao (nhanh|gấp|liền|trong ngày|ngay|sớm) .. <k>; ship .. nhanh <k>;
(mất|trong) (mấy ngày|bao lâu|bao nhiêu ngày); kịp <k>;
thời gian (giao|ship|vận chuyển) .. (bao|mấy|sao|thế);
how long .. (ship|shipping|delivery|deliver|take|takes|arrive|get|receive|shipment);
how (many|much) (days|time);
when .. (arrive|arrives|delivered|delivery|receive|get it|expect|come|deliver|arriving);
how (soon|fast|quick|quickly|long) .. (delivery|receive|get|expect|arrive|deliver|delivered|it);
(delivery|shipping|shipment) (time|times|date|dates|period|estimate|speed|timeframe);
(same|next) day (delivery|shipping); (estimated|expected) (delivery|arrival);
when (can|will|do|could) .. (get|receive|have) .. (package|parcel|order|item|items|product);
(period|time) .. (delivery|shipping|shipment);
(get|receive|here|arrive|delivered) .. by (monday|tuesday|wednesday|thursday|friday|saturday|sunday|tomorrow|tonight|christmas|tet)""",
        but="""
(có hàng|hàng) lại; (mấy|bao nhiêu) ngày .. (đổi|trả|hoàn|cọc);
(đổi|trả|hoàn|bảo hành|đổi trả|nghỉ|mở|sale|khuyến mãi) .. (mấy ngày|bao lâu|bao giờ|khi nào|mấy hôm|mấy giờ);
(khi nào|bao giờ|chừng nào) .. (có lại|về hàng|hàng về|mở|có hàng lại|hàng lại);
(refund|refunds|reimbursed|money|exchange|open|close|restock|stock|warranty); how long is;
when .. (open|close|restock|stock|refund)""",
        never="thời gian giao hàng rất",
    ),
    "place": Intent(
        N_("the address"),
        words="""
(shop|sop|cửa hàng|store|tiệm|quán|bên mình|chi nhánh) .. (ở đâu|chỗ nào|ở chỗ nào|đâu|ở quận|đường nào|nằm đâu);
shop ở .. (không|hay|à|hả|nào); ^ở đâu$; địa chỉ (shop|ở|đâu|cửa hàng|của shop|chỗ nào|nào|mua);
(xin|cho|hỏi|biết|có) .. địa chỉ$; địa chỉ$; (đc|add|đ c) (shop|ở đâu|ở|đâu|cửa hàng);
(xin|cho|cho em xin|có) (đc|add)$; xin đc .. (xem|mua|qua|trực tiếp);
(có|còn) (cửa hàng|chi nhánh|cơ sở|showroom|mặt bằng|shop ở|shop tại|store) ..;
qua (shop|cửa hàng|xem|mua|thử|tiệm|lấy) .. (không|trực tiếp); (mua|xem|lấy|thử) trực tiếp .. <k>;
ở quận (mấy|nào|gì); (quận|phường) (mấy|nào); (đường|khu) nào;
ở (sg|hn|hcm|sài gòn|hà nội|đà nẵng|tphcm) (hay|không|à|hả) ..; chi nhánh ..;
where (are|r) (you|u|your|the) ..;
where (is|s) (your|the) (shop|store|location|address|showroom|office);
where .. (located|find you|based); your .. (address|location); (shop|store) (address|location);
(physical|offline|real) (store|shop);
(have|any|is there) .. (store|shop|branch|showroom|branches|stores) ..;
(visit|come to|come by) .. (store|shop|showroom); which (street|district|city);
(get|go|come) to your (shop|store|place); are (you|u) (in|located|based|from)""",
        asked="""
(địa chỉ|chỗ nào); (address|location)""",
        but="""
(đơn|shipper|hàng em|hàng mình|đơn em|đơn hàng|ship|mã) .. (đâu|ở đâu); ^hàng .. (đâu|ở đâu);
(đâu|ở đâu) rồi; (mua|chụp|sản xuất|bán|làm|đặt|học|order) .. ở đâu;
(gửi|đổi|sai|nhầm|nhận|là|theo|đúng) .. địa chỉ;
địa chỉ (của)? (mình|em|chị|anh|e|tôi|nhà|nhận|này|nè|là|mới|cũ|cô);
(my|new|delivery|shipping|email|billing|wrong|change|this) address; where (is|are|s) my;
store (credit|card); from (a|the|your) store""",
    ),
    "opening_hours": Intent(
        N_("opening hours"),
        words="""
(mấy giờ|giờ nào|khi nào|bao giờ|bn giờ) .. (mở|đóng|bán|làm việc|nghỉ|mở cửa|đóng cửa);
(mở|đóng|mở cửa|bán|làm|đóng cửa) .. (mấy giờ|giờ nào);
(mở cửa|mở bán|đóng cửa) .. (không|chưa|đến|tới); giờ (mở cửa|làm việc|đóng cửa|hoạt động|bán hàng);
còn mở .. <k>;
(chủ nhật|cn|t7|thứ 7|tết|lễ|hôm nay|tối nay|mai|ngày mai|trưa|tối|sáng|nay) .. (mở|làm việc|bán|mở cửa|nghỉ) .. <k>;
shop .. (mở|nghỉ) .. <k>$; nghỉ (tết|lễ) .. (bao giờ|khi nào|ngày nào|không|hôm nào);
(opening|business|working|store|operating|shop) (hours|hour|times); what .. hours;
(what time|when|until|till|how late) .. (open|close|closed|closing|opening);
(are|r|is) (you|u|the shop|the store|your shop|it) .. (open|closed);
(open|closed) (now|today|tomorrow|on sunday|on saturday|on weekends|at night|late); hours (of|on)""",
        but="""
mở (hàng|bán sale|livestream|hộp); nghỉ (học|phép)""",
    ),
    "order": Intent(
        N_("an order"),
        words="""
cho <p> (đặt|mua|lấy|order|chốt); cho (em|mình|chị|anh|e|c|m|tui|tôi|cô|mk)? <n> (<u>|màu|size);
^(lấy|đặt|order|để|gửi|giữ|ship|chốt|lên) (cho|giúp|dùm)? (em|mình|chị|anh|e|c|m|tôi|tui|mk)? <n> <u>;
(lấy|đặt|order|gửi|giữ|ship|chốt|lên) (cho|giúp|dùm)? (em|mình|chị|anh|c|m|tôi|tui|mk)? <n> <u>$;
(lấy|đặt|order|gửi|giữ|mua) (cho|giúp|dùm)? (em|mình|chị|anh|c|m|tôi|tui|mk)? <n> <u> (ạ|nha|nhé|nhe|với|đi|màu|size);
(lấy|chốt|để|giữ|order|đặt|mua) (cho|giúp)? (em|mình|chị|anh|tôi|tui) .. (<n>|cái|mẫu|màu|size|bộ|set);
(muốn|mún|cần|định) (mua|đặt|lấy|order|chốt); ^đặt hàng$;
(đặt|mua) (hàng|mua) .. (thế nào|ntn|sao|kiểu gì|cách nào|ở đâu|ra sao);
chốt (đơn|nha|nhé|luôn|mẫu|cái|em|mình|size|màu|cho|<n>); ^chốt; chốt$; lên đơn;
^(đặt|lấy|order) <n> (<u>|size|màu|ạ|nha);
^(em|mình|chị|anh|tôi|c|tui) (lấy|đặt|mua|chốt|order) .. (này|thêm|hàng|đen|trắng|đỏ|hồng|xanh|be|<u>|<n>|<n> <u>|<n> nữa|nữa)$;
^(em|mình|chị|anh|tôi|c|tui) (lấy|chốt) (cái|mẫu|màu|size|<n>);
(mua|đặt) (ở đâu|như thế nào|ntn|thế nào|sao|kiểu gì|cách nào|online);
(cách|làm sao|làm thế nào|hướng dẫn|lsao|muốn) .. (mua|đặt hàng|đặt|order); (đặt cọc|cọc) <n> <u>;
(want|wanna|like|love|need|ready|trying|try|help|assist|assistance|wish|going|interested|possible|possibility|able|how|where|can i|could i|may i|have|let me) .. (order|buy|purchase|buying|ordering|purchasing|acquire|acquiring|shop) ..;
(place|make|making|placing|submit|submitting|do|start|creating|create|open|put in|processing|process) (an|a|another|one|some|my first|new|several)? (order|orders|purchase|purchases);
(buy|order|purchase|buying|ordering|purchasing|acquire|acquiring) (some|several|a|an|one|two|three|this|it|these|the|more|your|few|any|<n>) ..;
^(buying|ordering|purchasing); (i|ill) ll? take (it|one|two|three|this|the|both|a|<n>);
how to (buy|order|purchase);
(want|wanna|like|need|love) .. (get|have|grab|take) (one|two|three|some|it|this|these|<n>);
(reserve|save|hold|keep) .. (one|for me|it); put me down; (one|two|three|<n>) .. (please|pls|plz)$;
can i (get|have) (one|two|a|the|this|it|<n>) ..""",
        asked="""
(order|buy|purchase)$""",
        but="""
(lấy|mua|đặt|order|chốt) .. (thì|bao nhiêu|giá|freeship|bao giờ|khi nào|mấy ngày|vừa|size nào|size gì|nhiêu|mấy|có kịp);
(cho|giúp) .. (hỏi|xin|xem|biết); (đặt cọc|cọc)$; phải (đặt|order) (cọc|không); (hay|phải) .. order;
có .. cọc; xem sao; (sao|ai|người|tiền|bạn|cái mình|mà|chưa|từng|đơn|hàng) (đặt|mua);
(đặt|mua|lấy) (hôm|tuần|lúc|hồi|hoài|từ|xong|được|tạm|lòng|tên|điểm|phải|lại tiền|đâu ra);
(my|the|this|that|existing|previous|last|your) (order|orders|purchase|purchases);
(track|tracking|cancel|cancelling|canceling|check|checking|status|change|changing|modify|edit|find|view|see|look up) .. (order|orders|purchase|purchases);
(order|orders|purchase) (number|status|history|no|id|of preference|arrived|has|was|shipped);
(in|money|out of) order; how much; (i|we|he|she) (bought|ordered);
(two|<n>|one) (days|hours|weeks|stars); want .. (money|refund); (return|exchange) ..;
shop (is|assistant)""",
        never="""
mà (giao|gửi|nhận); giao .. (sai|thiếu|nhầm|màu); (đều|rất|siêu|quá|cũng) (đẹp|ưng|xinh|ok|tốt);
đã mua; đã đặt; mua rồi; mua về; mua lần; lần (sau|trước|thứ); ủng hộ; hài lòng;
chưa (nhận|thấy|giao|có); đánh giá; hủy đơn; sẽ (mua|quay lại); mua (cho|hồi|lúc) (cả nhà|mẹ|bé);
bought; i ordered; both are; would (buy|order) again; cancel; what i ordered; refund; reimbursed;
(status|track|tracking)""",
    ),
    "status": Intent(
        N_("the state of an order"),
        words="""
(đơn|đơn hàng|hàng em|hàng mình|hàng của) .. (đâu|chưa|tới đâu|khi nào|bao giờ|tình trạng|thế nào|sao|đến đâu);
(bao giờ|khi nào|chừng nào) .. (đơn|đơn hàng|hàng) .. (tới|đến|về);
(kiểm tra|check|ktra|xem|tra|coi) .. đơn; (hàng|đơn) .. (đi|gửi|giao|lên) chưa;
chưa (nhận|thấy|giao|gửi) .. (hàng|đơn|giao|được|gì); sao .. chưa (giao|gửi|nhận|có|thấy|ship|tới);
(đã|shop) (gửi|giao|ship) (hàng|đơn)? (chưa|đi chưa); mã (vận đơn|đơn|vận chuyển);
(tình trạng|trạng thái) .. đơn; (tới|đến|đi|ở) đâu rồi;
(bao giờ|khi nào|chừng nào) .. (đơn|hàng) (của)? (em|mình|tôi|chị|anh);
(bao giờ|khi nào|chừng nào) .. đơn; (đơn|hàng) .. đâu rồi; where (is|s|are|are all) my;
(track|tracking); order status; (order|package|parcel|purchase) .. eta; status (of|on|for);
(my|the|our) (order|orders|package|parcel|item|items|purchase|stuff|shipment) .. (shipped|arrived|arrive|arriving|yet|sent|status|delayed|late|come|been|lost|now);
(haven t|havent|have not|not|didn t|didnt|never|hasn t|hasnt|has not) .. (received|arrived|receive|gotten) ..;
still (waiting|haven t|not received|no sign);
when (will|do|can) (i|my) .. (order|package|parcel|item|items|purchase);
(check|checking|see|know|follow|view|find out) .. (my|the|status) .. (order|package|parcel|status|purchase|shipment);
order (number|no) ..;
(has|was) (it|my .|my order|my package|the package) .. (shipped|sent|delivered|dispatched);
(happened to|news on|update on|news about|eta of|eta for) .. (order|package|parcel|purchase);
did you (send|ship)""",
        but="""
(refund|refunds|reimbursement|claim|complaint); about my order preference; order of""",
    ),
    "complaint": Intent(
        N_("a complaint"),
        words="""
(hàng|áo|bị|sản phẩm|máy|quần|váy|giày|đồ|túi) (lỗi|rách|hỏng|hư|bể|vỡ|móp|bung|đứt|dơ|mốc|gãy|phai|lem|ố); về bị ..;
(lỗi|rách|hỏng|hư|bể|vỡ) (rồi|hết|luôn|quá|ngay); bung (chỉ|keo|đường); (giao|gửi) .. (sai|nhầm|thiếu|lộn); ship (sai|nhầm|thiếu);
sai (màu|mẫu|hàng|loại); (không|chẳng) .. (giống|đúng|như) .. (hình|mô tả|ảnh|mẫu|quảng cáo|mong đợi); (không|chẳng) giống;
(khác|khác hẳn) (hình|ảnh|mẫu|mô tả); thất vọng; kém chất lượng; chất lượng .. (kém|tệ|dở); (quá|thật|rất|hơi) tệ; tệ (quá|thật|hại);
(phục vụ|thái độ|làm ăn|bán hàng|tư vấn|dịch vụ) .. (kém|tệ|chán|kiểu|gì|lồi lõm|dở|vô trách nhiệm); vô trách nhiệm;
(không|chẳng) (ai|thấy ai|thấy)? (trả lời|rep|phản hồi|tl|nghe máy); (nhắn|nt|ib|gọi|hỏi) (mãi|hoài) .. (không|chẳng);
(bực|tức|chán) (mình|quá|thật|ghê); khiếu nại; (không|đừng) .. (mua|quay lại) .. nữa; không bao giờ mua;
(giao|giao hàng|ship|đợi|chờ) .. (lâu quá|chậm quá|lâu lắm|quá lâu|quá chậm|cả tuần); giao chậm;
(không|chẳng) (dùng|xài|sử dụng|mặc|đeo) được; (dùng|mặc|xài) .. (đã|thì|mới) .. (hỏng|hư|rách|bung|lỗi);
lừa (đảo|khách|dối); (đồ|hàng) (giả|dỏm|fake|nhái|rởm|đểu); một đằng .. một nẻo; 1 đằng .. 1 nẻo; treo đầu dê;
(mỏng dính|xấu quá|quá xấu|hàng xấu|chất xấu|vải xấu|rất kém|quá kém);
broken; (damaged|defective|faulty|torn); (wrong|incorrect|different) (item|items|colour|color|size|product|one|order|model);
(bad|terrible|worst|awful|poor|horrible|rude) .. (service|quality|experience|shop|seller|product|item); (quality|service) is .. (bad|terrible|poor);
(disappointed|disappointing|unhappy|scam|complaint|complaints|complain|complaining|reclamation);
(not|isn t) .. (happy|satisfied) with; (doesn t|doesnt|does not|didn t|not|isn t) (work|working); stopped working;
not what i (ordered|expected|bought); never (arrived|came|received); (different|not) .. (from|as|like) the (picture|photo|description);
(file|make|lodge|submit|making|leave) .. (claim|complaint|claims|negative review); claim against; waste of money;
(nobody|no one|never) .. (answers|answer|replies|reply|responds|replied|answered)""",
        but="""
(không|chưa|chẳng) (bị|có|thấy|hề)? (lỗi|rách|hỏng|hư|bể|vỡ|móp|thất vọng|bung); (nếu|lỡ|nhỡ) .. (lỗi|rách|hỏng|hư|bể|vỡ|nhầm|sai);
(lỗi|hư|hỏng|rách) .. (thì|có được); sài gòn; (sợ|ngại|lo|tránh|không|đừng|chống|cảnh báo) .. (lừa đảo|lừa|hàng giả|lỗi|fake);
không làm .. thất vọng; (hàng|đồ) giả .. (không|hả|à); (not|no|never) .. (disappointed|damaged|broken|complaints|complaint);
if .. (broken|damaged|defective|wrong)""",
    ),
    "refund": Intent(
        N_("a refund or an exchange"),
        words="""
hoàn (tiền|lại tiền|hàng|trả|lại) ..; (trả|gửi trả) (hàng|lại hàng|lại tiền|lại|tiền lại) ..;
trả lại .. (cái|hàng|tiền|áo|đồ|không|shop);
đổi (trả|hàng|size|màu|mẫu|lại|sang|cái khác|áo|sz|kích) ..;
(muốn|cho|có|xin|cần|được) .. đổi .. (không|size|màu|mẫu|hàng|sang|trả);
đổi (được|dc|đc|lại được) .. <k>; đổi .. (như thế nào|thế nào|sao|ntn);
(refund|refunds|refunded|refunding|reimburse|reimbursed|reimbursement); money back;
(compensation|compensate|compensated|rebate|rebates);
(want|get|need|give|have|like) .. (my|our|the) .. money (back|returned);
return (it|this|an|the|policy|policies|item|my|these|them|a|process|something|and);
(can|want|need|how|like|how do|could|wish) .. return; (exchange|exchanging|exchanges);
swap (it|this|the); (send|sending) .. back""",
        but="""
(đã|được|bị|không|chưa|thèm|đợi) trả lời; trả lời ..; (chi|trả) trả;
đổi (ý|địa chỉ|số|tên|thưởng|điểm|gió|mới|đời|giờ|lịch); (hoàn) toàn; hoàn trả cao; đổi thưởng;
(in|many happy|will|would) return; exchange rate""",
    ),
    "deposit": Intent(
        N_("payment and deposits"),
        words="""
(cọc|đặt cọc); (chuyển khoản|ck) ..;
(stk|so tk|số tk|số tài khoản|tk ngân hàng|tài khoản ngân hàng|số tk ngân hàng);
(mã qr|qr code|quét qr|banking|momo|zalopay);
thanh toán (sao|thế nào|ntn|như thế nào|khi|qua|bằng|trước|online|kiểu|như);
(đã|vừa|mới) (chuyển tiền|chuyển|ck|bank); (trả tiền|tính tiền) (sao|kiểu|trước|qua);
(deposit|deposits|down payment|prepay|prepayment); bank (account|transfer|details|info|number);
account (number|details);
(pay|paying) (by|with|via|using|in cash|through|cash|in|you|online|on delivery);
(how|can|could|where|may) .. pay;
payment (method|methods|option|options|modality|modalities|details|info|means|types);
(payment|payments|pay|card|cards|paypal|visa|transfer|cash) .. (accept|accepted|available|do you take);
(accept|take) .. (transfer|card|cards|paypal|visa|cash|payment|payments|cod); cash on delivery;
^cod$""",
        asked="""
(thanh toán|bank); (payment|cod)""",
        but="""
cọc tay; (móc|xi|bờ|cắm|đóng) cọc; ck (em|mình|tui|chị) (thích|bảo|nói|mặc|mua|đi|em|khen);
(hoàn|trả) .. cọc; (ship|giao) cod; bank holiday""",
    ),
    "thanks": Intent(
        N_("thanks"),
        words="""
(cảm|cám) ơn;
(camon|cmon|tks|thks|thanks|thank|thx|thnx|thanku|tysm|tyvm|thanx|thankyou|thenkiu|thanh kiu|thank kiu|sanh kiu|arigato|xie xie);
^(ty|cheers|tk)$; appreciate (it|your|the|that); (much|really) appreciated; (đa tạ|biết ơn)""",
        but="""
(thanks|thank) to; (không|khỏi|thanks no|no) .. (cảm ơn|cám ơn); appreciate it if;
(chuyển khoản|tài khoản|stk) ..""",
    ),
    "greeting": Intent(
        N_("a greeting"),
        words="""
^(chào|xin chào|hello|helo|helu|hellu|hi|hey|hay|alo|aloo|halo|hallo|hii|lô|ê shop|good morning|good evening|good afternoon|good day|greetings|hola|chao xìn);
(chào|hello|hi|hey|alo) (shop|bạn|ad|admin|em|chị|anh|cả nhà|mọi người|buổi sáng|ạ|all|there|everyone);
^shop ơi$; ^(ad|admin|bạn|shop) ơi (cho|cho em|cho mình)? hỏi$; ^(ad|admin) ơi$;
có ai (ở đây|đó|không)""",
        but="""
chào (hàng|mừng|giá|bán|thua); hi hi; hay (không|là|quá|lắm|ho|ghê|thật|được|còn); ^!hay;
(all|is|say) hi""",
    ),
    "stop": Intent(
        N_("the wish for no more messages"),
        words="""
(đừng|ngưng|ngừng|không muốn|thôi|xin đừng|dừng|không) (có)? (nhắn|gửi|nhận|làm phiền|spam|liên hệ|gọi) .. (tin|nữa|quảng cáo|thông báo|tôi|mình|sms|phiền);
(đừng|ngưng|dừng|ngừng|thôi|xin đừng) .. (nhắn|gửi) .. (nữa|tin|tn|qc|cho tôi|cho mình|tôi|mình);
(đừng|ngừng|ngưng) nhắn; (không muốn|khỏi|thôi) .. (nhận|nhắn) .. (tin|thông báo|quảng cáo|nữa);
hủy (nhận|đăng ký|theo dõi|nhắn|tin|nhận tin|đk); ^!hủy$; ^!dừng$;
^(stop|unsubscribe|end|quit|huy nhan tin|unsub)$;
(stop|quit) (messaging|texting|sending|msg|contacting|writing|spamming|emailing|it|this|bothering|all|those|the);
(please|pls|just) stop;
(do not|don t|dont|never) .. (text|message|contact|write|send|msg|spam|email|bother) .. (me|again|anymore|messages);
(unsubscribe|opt out|optout); remove me;
no more (messages|texts|emails|ads|message|spam|promotions|newsletters); (take|get) me off;
leave me alone; (cancel|cancelling|end) .. (subscription|newsletter)""",
        but="""
(hủy|huỷ) (đơn|hàng|lịch|bỏ); không nhận (được|hàng|cod|ra); (chưa|không) (gửi|nhận) (hàng|được);
(không|đừng) (gửi|nhận) (nhầm|sai|hàng|màu|thiếu|size); stop (by|working|in|at);
(can t|cannot|won t|non) stop""",
    ),
    "spam": Intent(
        N_("advertising or fraud"),
        words="""
việc nhẹ .. lương; (việc|làm|làm thêm|việc làm|làm việc) (thêm|online)? tại nhà; việc làm thêm;
tuyển (ctv|cộng tác viên|nhân viên online|đại lý|người làm|gấp); tuyển .. (online|tại nhà|thu nhập);
kiếm (tiền|thêm|<n>) .. (online|tại nhà|mỗi ngày|thu nhập|chỉ với|dễ|điện thoại); thu nhập (thêm|<n>|mỗi|ổn định|thụ động|cao);
!vay (tiền|vốn|tín chấp|nóng|nhanh|online|trả góp); (lãi suất|thế chấp|giải ngân|tín chấp|nợ xấu|đổi thưởng|làm nhiệm vụ);
(tài xỉu|cá cược|cá độ|lô đề|soi cầu|nhà cái|nổ hũ|casino|baccarat|nhận kèo|xóc đĩa|bắn cá|chốt số|xem bói|gái gọi|hẹn hò);
(tăng|mua|hack|kéo) (like|follow|tim|view|sub|tương tác|followers|mem);
(làm|bán|mua|nhận làm) .. (bằng cấp|bằng giả|bằng đại học|giấy tờ|bằng lái|chứng chỉ); (bằng cấp|giấy tờ) .. (uy tín|giả);
nhận (quà|thưởng|lì xì|code|tiền) .. (miễn phí|link|free|ngay|tại đây); (bấm|click|nhấn|truy cập) .. link;
(crypto|bitcoin|btc|forex|usdt|airdrop|onlyfans|telegram|t me); (đầu tư|góp vốn|nạp) .. (lãi|sinh lời|lợi nhuận|lời);
hoa hồng (mỗi ngày|cao|<n>); (vào|tham gia|join) nhóm (zalo|kín|nhận|telegram);
(earn|earning|make|making|made) .. (money|cash|dollars|usd|profit|income); (make|earn|earning|made) <n> .. (day|week|daily|hour|month|usd);
(work|working) (from|at) home; (get|buy|cheap|free|gain|sell) .. (followers|likes|subscribers);
(won|win|claim|collect) .. (prize|gift|reward|lottery|iphone|voucher); (click|tap|visit) (here|the link|this link|link|my profile);
click the; (loan|loans|no collateral|gift card|free iphone|free gift|hot girls|online casino|trading signals|passive income);
(whatsapp group|on whatsapp); (guaranteed|double) .. (profit|profits|money|returns|income); congratulations you; been selected""",
        but="""
(shop|có|bên mình|chị) .. tuyển; tuyển .. (không|chứ|hả)$; (gửi|xin|cho) .. link; link .. (shop|sản phẩm|mua);
(do you|can i|is there) .. (whatsapp|telegram)""",
    ),
    "insult": Intent(
        N_("an insult"),
        is_exact=True,
        words="""
(địt|đụ|đĩ|điếm|lồn|loz|buồi|cặc|kặc|cứt|đéo|đách|đếch|đm|đmm|dmm|đcm|dcm|đkm|dkm|clmm|cmm|vcl|vkl|vcc|clgt|clm);
đ m; dit me; du ma; dm (mày|bọn|tụi|chúng|lũ|thằng); vãi (l|đái|nồi); vl$;
(ngu|hãm|chán|láo|tệ) (vl|vãi|l); (như|mặt) (cc|l|chó|con c|mâm); ^cc$; cc (gì|nhé|ấy); câm đi;
(con|đồ|lũ|bọn|thằng|loại|đám|quân|tụi|thứ) (phò|cave|khốn|mất dạy|súc vật|vô học|rác|ngu|đần|hãm|bịp|lừa đảo|khốn nạn|hâm|dở hơi|ăn cướp|ăn hại|rẻ rách|cặn bã|dốt);
(đồ|lũ|bọn|thằng|quân|tụi) (chó|điên|khùng|óc|mặt); (con|thằng) (điên|khùng|chó) (này|kia)?$;
(mất dạy|mất nết|vô học|vô văn hóa|vô liêm sỉ|mặt dày|mặt dầy|bố láo|láo toét|hỗn láo|đểu cáng|khốn nạn|khốn kiếp|khốn khiếp);
(chó má|chó đẻ|chó chết|chó dại|súc vật|súc sinh|cầm thú|rác rưởi|cặn bã|óc chó|óc lợn|não chó|não tàn|não phẳng|thiểu năng);
(đần độn|ngu dốt|ngu đần|ngu học|ngu si|ngu xuẩn|ngu người|rẻ rách|biến thái|bệnh hoạn|tởm lợm|mọi rợ|xàm l);
ngu như (bò|chó|lợn|heo); ngu (thế|vậy)$; (mày|bọn mày|chúng mày) .. ngu; (câm|im|ngậm) (mồm|mõm|mẹ|họng);
(cút|biến|xéo) (mẹ|đi|về|khỏi|con mẹ); (mẹ|con mẹ|tổ cha|bà mẹ) (mày|chúng mày|bọn mày|tụi mày)$; mẹ kiếp;
(tổ sư|tiên sư|mả cha|con mẹ nó); (shop|thằng|con|page) .. (lừa đảo|bịp bợm|lừa bịp); (lũ|đồ|như|shop) ăn cướp;
(shop|bon|lu|do) (nay|ban)? lua dao; (mat day|khon nan|suc vat|bo lao|oc cho|vo hoc|dit me|thang ngu|con cho nay);
(chết|chết mẹ) đi (con|thằng|mày|đồ); (parky|bò đỏ|ba que|3 que);
(fuck|fck|fuk|fucking|fucked|fucker|fuckers|motherfucker|stfu|wtf|asshole|assholes|bitch|bitches|bastard|bastards|cunt|dickhead);
(dumbass|moron|morons|retard|retarded|scumbag|scumbags|jackass|whore|slut|idiot|idiots|bullshit|crooks|thieves|shithead);
(piece|full|eat|holy|total) (of)? shit; (you|your|are|so) .. stupid; stupid (bitch|people|shop|seller|store|company|fool);
^stupid$; (go to|rot in|burn in) hell; (screw|damn) you; shut up; (liars|scammer|scammers|fraudsters); (scam|fraud) (shop|store|page);
(scam|fraud)$; kill yourself; you .. (suck|disgust|trash|pathetic|pigs)""",
        but="""
(hạt|sấy|nhân|sữa|bánh|bán|mua|dầu|quả|kg|ký|cây|ăn|kẹo|hộp|rang) .. óc chó; óc chó .. (sấy|hạt|nhân|vàng|mỹ|macca|rang|tươi|còn|kg|giá|loại);
(đẹp|xinh|ngon|rẻ|đỉnh|hay|thích|mê|ưng|sang|cute|chất|xịn|phê|đã|yêu|cưng|ngầu|tuyệt|cười|hài) (vl|vcl|vkl|vãi|điên|vãi l);
(ngủ|ngu) ngu; ngu (ngơ|ngon|trưa|quên); (sợ|ngại|lo|tránh|không|đừng|chống|cảnh báo|bị|gặp|có) .. (lừa đảo|lừa bịp|bịp bợm);
(scam|fraud|legit) or (not|scam|legit); (is|not|no|afraid|any|avoid|fear) .. (scam|fraud); dạy kèm;
(con|bé|đàn|đồ|cho|nuôi|mua|áo|thức ăn) chó (cưng|con|nhà|mình|dễ|yêu|xinh|cảnh|mèo|của|ăn|bé);
con chó (nhà|cưng|con|xinh|của|mình|dễ|yêu|em); (điên|khùng) (đảo|luôn|vì|cuồng); im (đi|lặng|ru); shut up and; biến (mất|đi đâu)""",
    ),
}
