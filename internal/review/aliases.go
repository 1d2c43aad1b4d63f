package review

// aliases is the table of column names and JSON keys that exports use for each
// field, best first: when two columns of a file name the same field, the one
// further up wins and the other is passed through under its own name.
//
// Names are compared after normalizeName: width, case, spaces, underscores and
// bracketed remarks don't matter. A dot reaches into a nested JSON object.
// The field's own name need not be listed. Sources: DOMAIN.md ("Exports that
// people have") and the exports of the platforms' merchant back ends.
var aliases = map[string][]string{
	"id": {"评价id", "评论id", "评价编号", "评论编号", "review_id", "comment_id", "rate_id", "feed_id"},

	"platform": {"平台", "来源平台", "渠道", "销售平台"},
	"shop":     {"店铺", "店铺名称", "店铺名", "商家名称", "shop_name", "store", "seller_nick"},
	"industry": {"行业", "类目行业"},

	"text": {
		"评价内容", "评论内容", "初评内容", "初次评价内容", "初次评价", "首次评价", "首评内容", "首评",
		"初评", "首次评价内容", "初次评论", "评价正文", "评论正文", "评价详情", "评论详情", "评价文本", "评论文本",
		"买家评价内容", "买家评价", "用户评价", "用户评论", "用户评论内容", "客户评价", "顾客评价", "消费者评价",
		"商品评价", "商品评论", "商品评价内容", "差评内容", "中差评内容", "点评内容", "文字评价", "反馈内容",
		"rate_content", "rateContent", "feedback", "review_content", "comment_content", "comment_text", "review_text",
		"review_body", "content", "评价", "评论", "点评", "内容", "文本", "正文", "review", "comment", "comments", "body", "評論內容", "評價內容", "买家评论", "买家评价", "客户反馈", "用户反馈", "反馈内容", "反馈", "留言", "晒单内容",
	},
	"reply": {
		"商家回复", "卖家回复", "商家回复内容", "回复内容", "店铺回复", "掌柜回复", "解释", "回复",
		"seller_reply", "merchant_reply", "shop_reply", "reply_content",
	},
	"follow_up": {
		"追评", "追评内容", "追加评论", "追加评价", "追加评论内容", "追加评价内容", "追加内容", "追评正文",
		"append_content", "append_comment", "appendComment.content", "append_rate", "additional_comment",
		"afterUserComment", "afterUserComment.content", "afterUserComment.hAfterUserComment.content",
		"appendedFeed.appendFeedback", "append_review", "followup_content", "append.content",
	},
	"follow_up_time": {
		"追评时间", "追加评论时间", "追加评价时间", "追加时间", "追评日期", "append_time", "appendComment.commentTime",
		"append_comment_time", "afterUserComment.created", "afterUserComment.hAfterUserComment.created", "append_created",
	},
	"follow_up_days":  {"追评间隔", "追评天数", "追评间隔天数", "afterDays", "appendComment.days", "append_days", "appendedFeed.intervalDay", "append.dayAfterConfirm"},
	"follow_up_basis": {},

	"star": {
		"评分", "星级", "评价星级", "评分星级", "评价等级", "评价评分", "评价得分", "商品评分", "商品星级", "综合评分", "评价级别",
		"打分", "星数", "评星", "评价类型", "评价结果", "好中差评", "好评类型", "score", "stars", "rating",
		"rate", "rank", "result", "rate_type", "comment_score", "desc_score_star", "得分", "分数", "評分", "星級", "评价",
	},
	"score_d": {
		"描述相符", "描述评分", "描述分", "宝贝与描述相符", "宝贝描述相符", "描述相符评分", "商品描述评分", "商品描述", "描述",
		"desc_score", "description_score", "item_score", "描述得分", "宝贝描述", "商品评分", "商品星级", "商品分",
	},
	"score_s": {
		"服务态度", "服务评分", "服务分", "卖家服务", "卖家的服务态度", "卖家服务态度", "服务态度评分", "客服评分", "服务得分", "商家服务",
		"service_score", "seller_score", "卖家服务评分",
	},
	"score_l": {
		"物流服务", "物流评分", "物流分", "物流服务评分", "物流服务质量", "物流服务的质量", "物流得分", "发货速度", "快递评分",
		"卖家的发货速度", "logistics_service_score", "logistics_score", "delivery_score", "express_score",
	},

	"order_id": {
		"订单编号", "订单号", "主订单编号", "主订单号", "订单id", "交易编号", "交易号", "主订单", "订单", "tid", "order_no", "order_sn",
		"order_number", "orderid", "parent_order_id", "trade_id", "order",
	},
	"sub_order_id": {"子订单编号", "子订单号", "子订单id", "oid", "sub_order_no", "sub_oid"},
	"buyer": {
		"用户昵称", "买家昵称", "买家会员名", "用户名", "昵称", "会员名", "买家", "用户", "会员昵称", "买家账号", "用户账号", "评价人", "评论人",
		"客户昵称", "买家旺旺", "下单帐号", "下单账号", "nick", "nickname", "user_nick", "display_user_nick", "buyer_nick", "username", "user_name", "user.nick", "user",
	},
	"product": {
		"商品名称", "宝贝标题", "商品标题", "宝贝名称", "商品", "选购商品", "商品名", "产品名称", "产品", "宝贝", "货品名称", "品名", "产品标题", "标题",
		"item_title", "referenceName", "product_name", "goods_name", "product_title", "item_name", "auction_title", "auction.title", "title",
	},
	"product_id": {
		"商品id", "商品编号", "宝贝id", "商品编码", "产品id", "产品编号", "商品链接id", "num_iid", "item_id", "goods_id", "referenceId",
		"auction_num_id", "aucNumId", "spu_id", "auction.aucNumId", "商家编码",
	},
	"sku": {
		"商品规格", "规格", "sku名称", "商品sku", "型号", "款式", "规格型号", "商品属性", "销售属性", "规格名称", "商品型号", "购买规格", "产品规格",
		"auctionSku", "auction.sku", "sku_name", "sku_info", "spec", "specs", "goods_spec", "product_spec", "sku_properties_name", "skuid", "sku_id",
	},
	"quantity": {"宝贝总数量", "商品数量", "数量", "购买数量", "件数", "商品数量(件)", "订购数量", "商品件数", "num", "qty", "buy_amount"},
	"courier": {
		"物流公司", "快递公司", "快递", "承运商", "物流", "配送公司", "快递名称", "物流名称", "承运公司", "物流商", "快递公司名称",
		"express", "express_company", "carrier", "logistics_company", "shipping_company", "logistics", "company_name",
	},
	"courier_info": {"快递信息", "物流信息", "物流单号-公司", "包裹信息"},
	"tracking_no": {
		"物流单号", "快递单号", "运单号", "运单编号", "物流编号", "快递编号", "包裹单号", "invoice_no", "out_sid", "waybill_no",
		"express_no", "tracking_number", "mail_no",
	},
	"province": {"省份", "省", "地区", "所在省", "收货省份", "收件省", "省市", "用户省份", "买家省份", "区域", "userProvince", "receiver_state", "state", "region", "收货地区", "收货省", "收货人省份", "收件人省份", "收货人省", "收件人省"},
	"city":     {"城市", "市", "所在城市", "收货城市", "收件城市", "receiver_city", "user_city", "收货市", "收货人城市", "收件人城市", "收货人市", "收件人市"},
	"address":  {"收货地址", "详细地址", "收件地址", "收货人地址", "地址", "收件人地址", "客户地址", "收货人详细地址", "收件人详细地址", "receiver_address"},

	"time": {
		"评价时间", "评论时间", "初评时间", "首评时间", "评价日期", "评论日期", "初次评价时间", "首次评价时间", "评价创建时间", "评价提交时间", "点评时间",
		"日期", "时间", "创建时间", "comment_time", "creationTime", "rate_date", "rateDate", "rate_time", "created", "created_at",
		"create_time", "review_time", "review_date", "feedbackDate", "comment_date", "date", "datetime", "timestamp",
	},
	"order_time": {
		"订单创建时间", "下单时间", "订单时间", "购买时间", "成交时间", "订单成交时间", "付款时间", "订单付款时间", "拍下时间", "订单提交时间",
		"支付完成时间", "订单支付时间", "付款确认时间", "referenceTime", "pay_time", "buy_time", "purchase_time", "order_created", "order_date",
	},
	"ship_time":    {"发货时间", "订单发货时间", "出库时间", "揽收时间", "consign_time", "shipping_time", "delivery_time"},
	"receive_time": {"确认收货时间", "收货时间", "签收时间", "交易完成时间", "订单完成时间", "完成时间", "confirm_time", "trade_end_time", "tradeEndTime", "sign_time"},
}

// aliasParts are columns that hold one part of a field. They are joined with a
// space, in the order of the file, when no column holds the whole.
var aliasParts = map[string][]string{
	"sku": {"productColor", "productSize", "颜色", "颜色分类", "尺码", "尺寸", "口味", "规格1", "规格2", "color", "size", "color_name"},
}

// aliasWithin are the words that, anywhere in a column's name, make it the
// text column when no name is known exactly.
var aliasWithin = []string{"评价内容", "评论内容", "点评内容", "评语"}

// disables says what is lost when a file has no column for a field, for
// [Inspect]. Fields that are not listed are no loss.
var disables = []struct{ field, what string }{
	{"text", "classification"},
	{"star", "star filters, and the DSR impact when the three scores are missing too"},
	{"time", "trends by week and month, and the DSR window"},
	{"order_id", "joining an order export; duplicates are found by id only"},
	{"product", "tables by product"},
	{"sku", "tables by SKU"},
	{"courier", "tables by courier, unless an order export fills it"},
	{"province", "tables by province and region, unless an order export fills it"},
	{"score_d", "the description score; the star is used instead"},
	{"score_s", "the service score"},
	{"score_l", "the logistics score"},
	{"follow_up", "follow-up reviews"},
}
