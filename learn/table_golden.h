#ifndef DAGRAD_LEARN_TABLE_GOLDEN_H_
#define DAGRAD_LEARN_TABLE_GOLDEN_H_

// Made by make_table_golden.py with pandas 3.1.1.
// clang-format off
namespace dagrad::learn::golden {

inline constexpr char kPeople[] = R"(name,city,age,size,member,score
Ann,Rome,34,1.5,true,7
Bob,Oslo,,2.25,false,3
Cem,Rome,51,,true,
Dee,,34,0.125,true,9
Eve,Oslo,28,-4,false,3
Fay,Bern,60,1e3,true,7
Gus,Rome,19,2.5,false,1
Hal,Bern,34,,false,8
Ida,Oslo,45,3.5,true,3
)";
inline constexpr char kDescribe[] = R"(,age,size,score
count,8.0,7.0,8.0
mean,38.125,143.69642857142858,5.125
std,13.152267593732377,377.6023444126802,2.948970764763288
min,19.0,-4.0,1.0
25%,32.5,0.8125,3.0
50%,34.0,2.25,5.0
75%,46.5,3.0,7.25
max,60.0,1000.0,9.0
)";
inline constexpr char kFillAge[] = R"(name,city,age,size,member,score
Ann,Rome,34.0,1.5,True,7.0
Bob,Oslo,40.0,2.25,False,3.0
Cem,Rome,51.0,,True,
Dee,,34.0,0.125,True,9.0
Eve,Oslo,28.0,-4.0,False,3.0
Fay,Bern,60.0,1000.0,True,7.0
Gus,Rome,19.0,2.5,False,1.0
Hal,Bern,34.0,,False,8.0
Ida,Oslo,45.0,3.5,True,3.0
)";
inline constexpr char kFillCity[] = R"(name,city,age,size,member,score
Ann,Rome,34.0,1.5,True,7.0
Bob,Oslo,,2.25,False,3.0
Cem,Rome,51.0,,True,
Dee,Paris,34.0,0.125,True,9.0
Eve,Oslo,28.0,-4.0,False,3.0
Fay,Bern,60.0,1000.0,True,7.0
Gus,Rome,19.0,2.5,False,1.0
Hal,Bern,34.0,,False,8.0
Ida,Oslo,45.0,3.5,True,3.0
)";
inline constexpr char kFillMean[] = R"(name,city,age,size,member,score
Ann,Rome,34.0,1.5,True,7.0
Bob,Oslo,,2.25,False,3.0
Cem,Rome,51.0,143.69642857142858,True,
Dee,,34.0,0.125,True,9.0
Eve,Oslo,28.0,-4.0,False,3.0
Fay,Bern,60.0,1000.0,True,7.0
Gus,Rome,19.0,2.5,False,1.0
Hal,Bern,34.0,143.69642857142858,False,8.0
Ida,Oslo,45.0,3.5,True,3.0
)";
inline constexpr char kFillMedian[] = R"(name,city,age,size,member,score
Ann,Rome,34.0,1.5,True,7.0
Bob,Oslo,,2.25,False,3.0
Cem,Rome,51.0,,True,5.0
Dee,,34.0,0.125,True,9.0
Eve,Oslo,28.0,-4.0,False,3.0
Fay,Bern,60.0,1000.0,True,7.0
Gus,Rome,19.0,2.5,False,1.0
Hal,Bern,34.0,,False,8.0
Ida,Oslo,45.0,3.5,True,3.0
)";
inline constexpr char kFillMode[] = R"(name,city,age,size,member,score
Ann,Rome,34.0,1.5,True,7.0
Bob,Oslo,,2.25,False,3.0
Cem,Rome,51.0,,True,
Dee,Oslo,34.0,0.125,True,9.0
Eve,Oslo,28.0,-4.0,False,3.0
Fay,Bern,60.0,1000.0,True,7.0
Gus,Rome,19.0,2.5,False,1.0
Hal,Bern,34.0,,False,8.0
Ida,Oslo,45.0,3.5,True,3.0
)";
inline constexpr char kReplaceNumber[] = R"(name,city,age,size,member,score
Ann,Rome,34.0,1.5,True,7.0
Bob,Oslo,,2.25,False,2.5
Cem,Rome,51.0,,True,
Dee,,34.0,0.125,True,9.0
Eve,Oslo,28.0,-4.0,False,2.5
Fay,Bern,60.0,1000.0,True,7.0
Gus,Rome,19.0,2.5,False,1.0
Hal,Bern,34.0,,False,8.0
Ida,Oslo,45.0,3.5,True,2.5
)";
inline constexpr char kReplaceText[] = R"(name,city,age,size,member,score
Ann,Roma,34.0,1.5,True,7.0
Bob,Oslo,,2.25,False,3.0
Cem,Roma,51.0,,True,
Dee,,34.0,0.125,True,9.0
Eve,Oslo,28.0,-4.0,False,3.0
Fay,Bern,60.0,1000.0,True,7.0
Gus,Roma,19.0,2.5,False,1.0
Hal,Bern,34.0,,False,8.0
Ida,Oslo,45.0,3.5,True,3.0
)";
inline constexpr char kDummies[] = R"(age,size,member,score,city_Bern,city_Oslo,city_Rome
34.0,1.5,True,7.0,False,False,True
,2.25,False,3.0,False,True,False
51.0,,True,,False,False,True
34.0,0.125,True,9.0,False,False,False
28.0,-4.0,False,3.0,False,True,False
60.0,1000.0,True,7.0,True,False,False
19.0,2.5,False,1.0,False,False,True
34.0,,False,8.0,True,False,False
45.0,3.5,True,3.0,False,True,False
)";
inline constexpr char kDummiesOfScore[] = R"(age,score_3,score_7,score_8,score_9
34.0,False,True,False,False
,True,False,False,False
51.0,True,False,False,False
34.0,False,False,False,True
28.0,True,False,False,False
60.0,False,True,False,False
19.0,False,False,False,False
34.0,False,False,True,False
45.0,True,False,False,False
)";
inline constexpr char kCodes[] = R"(name,city,age,size,member,score
Ann,2.0,34.0,1.5,True,7.0
Bob,1.0,,2.25,False,3.0
Cem,2.0,51.0,,True,
Dee,,34.0,0.125,True,9.0
Eve,1.0,28.0,-4.0,False,3.0
Fay,0.0,60.0,1000.0,True,7.0
Gus,2.0,19.0,2.5,False,1.0
Hal,0.0,34.0,,False,8.0
Ida,1.0,45.0,3.5,True,3.0
)";
inline constexpr char kCorrelation[] = R"(age,size,member,score
1.0,0.803256882703298,0.700440068723246,0.39883099754736484
0.803256882703298,1.0,0.35535226211680965,0.3433408014659218
0.700440068723246,0.35535226211680965,1.0,0.49845757987238815
0.39883099754736484,0.3433408014659218,0.49845757987238815,1.0
)";
inline constexpr char kGroupMean[] = R"(city,age,size,member,score
Bern,47.0,1000.0,0.5,7.5
Oslo,36.5,0.5833333333333334,0.3333333333333333,3.0
Rome,34.666666666666664,2.0,0.6666666666666666,4.0
)";
inline constexpr char kGroupSum[] = R"(city,age,size,member,score
Bern,94.0,1000.0,1,15.0
Oslo,73.0,1.75,1,9.0
Rome,104.0,4.0,2,8.0
)";
inline constexpr char kGroupCount[] = R"(city,name,age,size,member,score
Bern,2,2,1,2,2
Oslo,3,2,3,3,3
Rome,3,3,2,3,2
)";
inline constexpr char kGroupTwo[] = R"(member,score,age,size
False,1.0,19.0,2.5
False,3.0,28.0,-0.875
False,8.0,34.0,
True,3.0,45.0,3.5
True,7.0,47.0,500.75
True,9.0,34.0,0.125
)";
inline constexpr char kGroupAges[] = R"(age,name,city,size,member,score
19.0,1,1,1,1,1
28.0,1,1,1,1,1
34.0,3,2,2,3,3
45.0,1,1,1,1,1
51.0,1,1,0,1,0
60.0,1,1,1,1,1
)";
inline constexpr char kSortAge[] = R"(name,city,age,size,member,score
Gus,Rome,19.0,2.5,False,1.0
Eve,Oslo,28.0,-4.0,False,3.0
Ann,Rome,34.0,1.5,True,7.0
Dee,,34.0,0.125,True,9.0
Hal,Bern,34.0,,False,8.0
Ida,Oslo,45.0,3.5,True,3.0
Cem,Rome,51.0,,True,
Fay,Bern,60.0,1000.0,True,7.0
Bob,Oslo,,2.25,False,3.0
)";
inline constexpr char kSortCity[] = R"(name,city,age,size,member,score
Ann,Rome,34.0,1.5,True,7.0
Cem,Rome,51.0,,True,
Gus,Rome,19.0,2.5,False,1.0
Bob,Oslo,,2.25,False,3.0
Eve,Oslo,28.0,-4.0,False,3.0
Ida,Oslo,45.0,3.5,True,3.0
Fay,Bern,60.0,1000.0,True,7.0
Hal,Bern,34.0,,False,8.0
Dee,,34.0,0.125,True,9.0
)";
inline constexpr char kSelect[] = R"(score,name
7.0,Ann
3.0,Bob
,Cem
9.0,Dee
3.0,Eve
7.0,Fay
1.0,Gus
8.0,Hal
3.0,Ida
)";
inline constexpr char kDrop[] = R"(name,city,size,score
Ann,Rome,1.5,7.0
Bob,Oslo,2.25,3.0
Cem,Rome,,
Dee,,0.125,9.0
Eve,Oslo,-4.0,3.0
Fay,Bern,1000.0,7.0
Gus,Rome,2.5,1.0
Hal,Bern,,8.0
Ida,Oslo,3.5,3.0
)";
inline constexpr char kFilter[] = R"(name,city,age,size,member,score
Ann,Rome,34.0,1.5,True,7.0
Cem,Rome,51.0,,True,
Dee,,34.0,0.125,True,9.0
Fay,Bern,60.0,1000.0,True,7.0
Hal,Bern,34.0,,False,8.0
Ida,Oslo,45.0,3.5,True,3.0
)";
inline constexpr char kFilterText[] = R"(name,city,age,size,member,score
Ann,Rome,34.0,1.5,True,7.0
Cem,Rome,51.0,,True,
Fay,Bern,60.0,1000.0,True,7.0
Gus,Rome,19.0,2.5,False,1.0
Hal,Bern,34.0,,False,8.0
)";
inline constexpr char kHead[] = R"(name,city,age,size,member,score
Ann,Rome,34.0,1.5,True,7.0
Bob,Oslo,,2.25,False,3.0
Cem,Rome,51.0,,True,
)";
inline constexpr char kDropNa[] = R"(name,city,age,size,member,score
Ann,Rome,34.0,1.5,True,7.0
Eve,Oslo,28.0,-4.0,False,3.0
Fay,Bern,60.0,1000.0,True,7.0
Gus,Rome,19.0,2.5,False,1.0
Ida,Oslo,45.0,3.5,True,3.0
)";
inline constexpr char kNumbers[] = R"(age,size,score
34.0,1.5,7.0
,2.25,3.0
51.0,,
34.0,0.125,9.0
28.0,-4.0,3.0
60.0,1000.0,7.0
19.0,2.5,1.0
34.0,,8.0
45.0,3.5,3.0
)";

}  // namespace dagrad::learn::golden

#endif  // DAGRAD_LEARN_TABLE_GOLDEN_H_
