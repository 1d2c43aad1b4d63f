package review_test

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"chaping/internal/review"
)

// Reading goes on after a row that cannot be read.
func ExampleOpenReader() {
	export := "订单编号,评价内容,星级\n" +
		"\"=\"\"9001\"\"\",太酸了,差评\n" +
		"9002,\"甜,很新鲜\",5星\n" +
		"9003,多,了,一格\n" +
		"2.20033E+18,一般,★★★☆☆\n"
	f, err := review.OpenReader(strings.NewReader(export), "评价.csv", review.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer f.Close()
	for {
		r, err := f.Read()
		var row *review.RowError
		switch {
		case err == io.EOF:
			fmt.Printf("%+v\n", f.Stats())
			return
		case errors.As(err, &row):
			fmt.Println("rejected:", row)
		case err != nil:
			fmt.Println(err)
			return
		default:
			fmt.Printf("%s: order %q, %d stars: %s\n", r.Source, r.OrderID, r.Star, r.Text)
		}
	}
	// Output:
	// 评价.csv:2: order "9001", 1 stars: 太酸了
	// 评价.csv:3: order "9002", 5 stars: 甜,很新鲜
	// rejected: 评价.csv:4: 4 cells, but the header has 3 columns; quote the cell that holds the delimiter
	// 评价.csv:5: order "", 3 stars: 一般
	// {Rows:4 Records:3 Rejects:1 Short:0 Recoded:0}
}
