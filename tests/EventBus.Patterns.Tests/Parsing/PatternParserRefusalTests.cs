using EventBus.Patterns.Parsing;

namespace EventBus.Patterns.Tests.Parsing;

/// <summary>What is refused, and that the error leads to the place and to the mending.</summary>
public sealed class PatternParserRefusalTests
{
    public static TheoryData<string, string, int, string, string> Refusals => new()
    {
        {
            """{"a":"x"}""", "$.a", 6,
            """The field 'a' is the string "x", not a list of alternatives.""",
            """Write "a":["x"]."""
        },
        {
            """{"a":{"prefix":"N"}}""", "$.a.prefix", 16,
            """The field 'prefix' is the string "N", not a list of alternatives.""",
            """'prefix' is an operator, which stands in a list: "a":[{"prefix":...}]."""
        },
        {
            """{"a":5}""", "$.a", 6,
            "The field 'a' is the number 5, not a list of alternatives.",
            """Write "a":[5]."""
        },
        {
            """{"a":{"b":null}}""", "$.a.b", 11,
            "The field 'b' is null, not a list of alternatives.",
            """Write "b":[null]."""
        },
        {
            "{}", "$", 1,
            "The object is empty, so it says nothing of any field.",
            """Name a field in it, as in {"field":["value"]}; {"field":[{"exists":true}]} takes any value."""
        },
        {
            """{"a":{}}""", "$.a", 6,
            "The object is empty, so it says nothing of any field.",
            """Name a field in it, as in {"field":["value"]}; {"field":[{"exists":true}]} takes any value."""
        },
        {
            """{"a":[]}""", "$.a", 6,
            "The list of alternatives is empty, so nothing could match.",
            """List the values to match, as in ["value"]; [{"exists":true}] takes any value, [{"exists":false}] a missing field."""
        },
        {
            """{"a":[["x"]]}""", "$.a[0]", 7,
            "A list of alternatives holds another list.",
            """Write the values into one list, as in ["a","b"]; an event's lists are looked into by themselves."""
        },
        {
            "[]", "$", 1,
            "A pattern is an object, and this is a list.",
            """Write {"field":["value"]}."""
        },
        {
            "\"a\"", "$", 1,
            """A pattern is an object, and this is the string "a".""",
            """Write {"field":["value"]}."""
        },
        {
            """{"a":[{}]}""", "$.a[0]", 7,
            "The object is empty; an alternative that is an object holds an operator.",
            """Write {"prefix":"a"}."""
        },
        {
            """{"a":[{"prefix":"a","suffix":"b"}]}""", "$.a[0].suffix", 21,
            """An object holds one operator, and this one holds 'prefix' and "suffix".""",
            """Give each an object of its own, as in [{"prefix":"a"},{"suffix":"z"}], which takes either; {"wildcard":"a*z"} asks for both ends."""
        },
        {
            """{"a":[{"prefix":"a"},{"exists":true,"exists":true}]}""", "$.a[1].exists", 37,
            """An object holds one operator, and this one holds 'exists' and "exists".""",
            """Give each an object of its own, as in [{"prefix":"a"},{"suffix":"z"}], which takes either; {"wildcard":"a*z"} asks for both ends."""
        },
        {
            """{"a":[{"PREFIX":"a"}]}""", "$.a[0].PREFIX", 8,
            """There is no operator "PREFIX".""",
            "Did you mean 'prefix'?"
        },
        {
            """{"a":[{"sufix":"a"}]}""", "$.a[0].sufix", 8,
            """There is no operator "sufix".""",
            "Did you mean 'suffix'?"
        },
        {
            """{"a":[{"starts-with":"a"}]}""", "$.a[0]['starts-with']", 8,
            """There is no operator "starts-with".""",
            """Write {"prefix":"a"} for strings that begin with a text."""
        },
        {
            """{"a":[{"regex":"a"}]}""", "$.a[0].regex", 8,
            """There is no operator "regex".""",
            """Write {"wildcard":"a*b"}, where * stands for any characters."""
        },
        {
            """{"a":[{"contains":"a"}]}""", "$.a[0].contains", 8,
            """There is no operator "contains".""",
            """Write {"wildcard":"*a*"} for strings that contain a text."""
        },
        {
            """{"a":[{"not":"a"}]}""", "$.a[0].not", 8,
            """There is no operator "not".""",
            """Write {"anything-but":["a","b"]} for values outside of a list."""
        },
        {
            """{"a":[{"in":["a"]}]}""", "$.a[0].in", 8,
            """There is no operator "in".""",
            """Write the values themselves into the field's list: ["a","b"]."""
        },
        {
            """{"a":[{">":5}]}""", "$.a[0]['>']", 8,
            """There is no operator ">".""",
            """Write {"numeric":[">=",1,"<",5]} for a range of numbers."""
        },
        {
            """{"a":[{"zebra crossing":5}]}""", "$.a[0]['zebra crossing']", 8,
            """There is no operator "zebra crossing".""",
            "Write one of these: exactly, prefix, suffix, equals-ignore-case, wildcard, anything-but, numeric, cidr, exists."
        },
        {
            """{"or":[{"a":[1]},{"b":[2]}]}""", "$.or[0].a", 9,
            """There is no operator "a".""",
            """Did you mean '$or'? Write {"$or":[{"a":["x"]},{"b":["y"]}]}."""
        },
        {
            """{"x":{"anyOf":[{"a":[1]},{"b":[2]}]}}""", "$.x.anyOf[0].a", 17,
            """There is no operator "a".""",
            """Did you mean '$or'? Write {"$or":[{"a":["x"]},{"b":["y"]}]}."""
        },
        {
            """{"a":[{"exists":"true"}]}""", "$.a[0].exists", 17,
            """'exists' takes true or false, and this is the string "true".""",
            """Write {"exists":true}."""
        },
        {
            """{"a":[{"exists":"false"}]}""", "$.a[0].exists", 17,
            """'exists' takes true or false, and this is the string "false".""",
            """Write {"exists":false}."""
        },
        {
            """{"a":[{"exists":0}]}""", "$.a[0].exists", 17,
            "'exists' takes true or false, and this is the number 0.",
            """Write {"exists":false}."""
        },
        {
            """{"a":[{"prefix":5}]}""", "$.a[0].prefix", 17,
            "'prefix' takes a string, and this is the number 5.",
            """Write {"prefix":"5"} for a string; numbers are compared with {"numeric":[">=",1]}."""
        },
        {
            """{"a":[{"prefix":["x"]}]}""", "$.a[0].prefix", 17,
            "'prefix' takes a string, and this is a list.",
            """Give each string an object of its own: [{"prefix":"a"},{"prefix":"b"}]."""
        },
        {
            """{"a":[{"prefix":{"suffix":"x"}}]}""", "$.a[0].prefix.suffix", 18,
            """'prefix' can hold 'equals-ignore-case', and not "suffix".""",
            """Write {"prefix":"a"}, or {"prefix":{"equals-ignore-case":"a"}} to leave case out of account."""
        },
        {
            """{"a":[{"suffix":{}}]}""", "$.a[0].suffix", 17,
            "'suffix' takes a string, and this is an empty object.",
            """Write {"suffix":"a"}, or {"suffix":{"equals-ignore-case":"a"}} to leave case out of account."""
        },
        {
            """{"a":[{"suffix":{"equals-ignore-case":true}}]}""", "$.a[0].suffix['equals-ignore-case']", 39,
            "'equals-ignore-case' takes a string, and this is true.",
            "Write the value itself into the field's list: [true]."
        },
        {
            """{"a":[{"suffix":{"equals-ignore-case":"a","x":1}}]}""", "$.a[0].suffix.x", 43,
            """An object holds one operator, and this one holds 'equals-ignore-case' and "x".""",
            """Give each an object of its own, as in [{"prefix":"a"},{"suffix":"z"}], which takes either; {"wildcard":"a*z"} asks for both ends."""
        },
        {
            """{"a":[{"exactly":{}}]}""", "$.a[0].exactly", 18,
            "'exactly' takes a string, and this is an object.",
            """Write {"exactly":"a"}."""
        },
        {
            """{"a":[{"anything-but":null}]}""", "$.a[0]['anything-but']", 23,
            "'anything-but' takes strings or numbers, and this is null.",
            """Write what is to match instead: {"prefix":""} takes any string."""
        },
        {
            """{"a":[{"anything-but":true}]}""", "$.a[0]['anything-but']", 23,
            "'anything-but' takes strings or numbers, and this is true.",
            "Write what is to match instead: [false]."
        },
        {
            """{"a":[{"anything-but":[]}]}""", "$.a[0]['anything-but']", 23,
            "'anything-but' has an empty list, which excludes nothing.",
            """List what to exclude, as in {"anything-but":["a","b"]}; {"exists":true} takes any value."""
        },
        {
            """{"a":[{"anything-but":["a",5]}]}""", "$.a[0]['anything-but'][1]", 28,
            "'anything-but' takes strings or numbers, and the number 5 stands in a list of the other kind.",
            """Make all of them strings, as in {"anything-but":["a","5"]}, or all of them numbers."""
        },
        {
            """{"a":[{"anything-but":["a",null]}]}""", "$.a[0]['anything-but'][1]", 28,
            "'anything-but' takes strings or numbers, and this is null.",
            """Write what is to match instead: {"prefix":""} takes any string."""
        },
        {
            """{"a":[{"anything-but":[1,1e400]}]}""", "$.a[0]['anything-but'][1]", 26,
            "The number 1e400 cannot be compared by size: no double holds it exactly.",
            "Write it with at most 15 digits, between -1.7976931348623157e308 and 1.7976931348623157e308."
        },
        {
            """{"a":[{"anything-but":{}}]}""", "$.a[0]['anything-but']", 23,
            "'anything-but' excludes nothing: its object is empty.",
            """Write {"anything-but":["a","b"]}, or {"anything-but":{"prefix":"a"}}."""
        },
        {
            """{"a":[{"anything-but":{"prefix":""}}]}""", "$.a[0]['anything-but'].prefix", 33,
            "The prefix is empty, and as every string has it, no string could match.",
            """Write at least one character: {"anything-but":{"prefix":"a"}}."""
        },
        {
            """{"a":[{"anything-but":{"prefix":[]}}]}""", "$.a[0]['anything-but'].prefix", 33,
            "'prefix' has an empty list, which excludes nothing.",
            """List what to exclude, as in {"anything-but":["a","b"]}; {"exists":true} takes any value."""
        },
        {
            """{"a":[{"anything-but":{"prefix":["a",5]}}]}""", "$.a[0]['anything-but'].prefix[1]", 38,
            "'prefix' in 'anything-but' takes a string or a list of strings, and this is the number 5.",
            """Write {"anything-but":{"prefix":["a","b"]}}."""
        },
        {
            """{"a":[{"anything-but":{"prefix":{"equals-ignore-case":"a"}}}]}""", "$.a[0]['anything-but'].prefix", 33,
            "'prefix' in 'anything-but' takes a string or a list of strings, and this is an object.",
            """Write {"anything-but":{"prefix":["a","b"]}}."""
        },
        {
            """{"a":[{"anything-but":{"numeric":["=",5]}}]}""", "$.a[0]['anything-but'].numeric", 24,
            "'anything-but' cannot hold 'numeric'.",
            """Write the ranges to take instead, as in [{"numeric":["<",1]},{"numeric":[">",5]}]."""
        },
        {
            """{"a":[{"anything-but":{"prefx":"a"}}]}""", "$.a[0]['anything-but'].prefx", 24,
            """There is no operator "prefx".""",
            "Did you mean 'prefix'?"
        },
        {
            """{"a":[{"anything-but":{"regex":"a"}}]}""", "$.a[0]['anything-but'].regex", 24,
            """There is no operator "regex".""",
            """It can hold 'prefix', 'suffix', 'equals-ignore-case' and 'wildcard', as in {"anything-but":{"prefix":"a"}}."""
        },
        {
            """{"a":[{"anything-but":{"prefix":"a","suffix":"b"}}]}""", "$.a[0]['anything-but'].suffix", 37,
            """An object holds one operator, and this one holds 'prefix' and "suffix".""",
            """Give each an object of its own, as in [{"prefix":"a"},{"suffix":"z"}], which takes either; {"wildcard":"a*z"} asks for both ends."""
        },
        {
            """{"a":[{"numeric":5}]}""", "$.a[0].numeric", 18,
            "'numeric' takes a list of comparisons and numbers, and this is the number 5.",
            """Write {"numeric":["=",5]}."""
        },
        {
            """{"a":[{"numeric":[]}]}""", "$.a[0].numeric", 18,
            "'numeric' has an empty list.",
            """Write {"numeric":["=",5]}, {"numeric":["<",5]} or {"numeric":[">=",1,"<",5]}."""
        },
        {
            """{"a":[{"numeric":[5,"="]}]}""", "$.a[0].numeric[0]", 19,
            "A comparison is expected here, and this is the number 5.",
            """Write {"numeric":["=",5]}, {"numeric":["<",5]} or {"numeric":[">=",1,"<",5]}."""
        },
        {
            """{"a":[{"numeric":["="]}]}""", "$.a[0].numeric", 18,
            "'numeric' ends without the number that '=' asks for.",
            """Write {"numeric":["=",5]}, {"numeric":["<",5]} or {"numeric":[">=",1,"<",5]}."""
        },
        {
            """{"a":[{"numeric":["=",1,2]}]}""", "$.a[0].numeric[2]", 25,
            "'numeric' has something behind the number that '=' asks for.",
            """Write {"numeric":["=",1]}."""
        },
        {
            """{"a":[{"numeric":["!=",1]}]}""", "$.a[0].numeric[0]", 19,
            """There is no comparison "!=".""",
            """Write {"anything-but":5} for every value but a number."""
        },
        {
            """{"a":[{"numeric":["=>",1]}]}""", "$.a[0].numeric[0]", 19,
            """There is no comparison "=>".""",
            """Write one of "=", "<", "<=", ">" and ">="."""
        },
        {
            """{"a":[{"numeric":[">","1"]}]}""", "$.a[0].numeric[1]", 23,
            """'>' takes a number, and this is the string "1".""",
            """Write the number without quotation marks: [">",5]."""
        },
        {
            """{"a":[{"numeric":[">",9,"<",1]}]}""", "$.a[0].numeric", 18,
            "The range's lower bound, 9, is not below its upper bound, 1.",
            """Write the lower bound first: {"numeric":[">",1,"<",9]}."""
        },
        {
            """{"a":[{"numeric":[">=",5,"<=",5]}]}""", "$.a[0].numeric", 18,
            "The range's lower bound, 5, is not below its upper bound, 5.",
            """Write {"numeric":["=",5]} for the one number."""
        },
        {
            """{"a":[{"numeric":["<",9,">",1]}]}""", "$.a[0].numeric[2]", 25,
            "A range is bounded by '>' or '>=' and then '<' or '<=', and this one by '<' and '>'.",
            """Write the lower bound first: {"numeric":[">",1,"<",9]}."""
        },
        {
            """{"a":[{"numeric":[">",1,">",2]}]}""", "$.a[0].numeric[2]", 25,
            "A range is bounded by '>' or '>=' and then '<' or '<=', and this one by '>' and '>'.",
            """Write {"numeric":[">=",1,"<",5]}."""
        },
        {
            """{"a":[{"numeric":[">",1,"<",2,"<",3]}]}""", "$.a[0].numeric[4]", 31,
            "'numeric' takes at most two comparisons.",
            """Write {"numeric":[">=",1,"<",5]}."""
        },
        {
            """{"a":[{"numeric":[">",1,"<"]}]}""", "$.a[0].numeric", 18,
            "'numeric' ends without the number that '<' asks for.",
            """Write {"numeric":["=",5]}, {"numeric":["<",5]} or {"numeric":[">=",1,"<",5]}."""
        },
        {
            """{"a":[{"numeric":["<",0.1234567890123456789]}]}""", "$.a[0].numeric[1]", 23,
            "The number 0.1234567890123456789 cannot be compared by size: no double holds it exactly.",
            "Write it with at most 15 digits, between -1.7976931348623157e308 and 1.7976931348623157e308."
        },
        {
            """{"a":[{"wildcard":"a**b"}]}""", "$.a[0].wildcard", 19,
            """The wildcard "a**b" has two stars side by side.""",
            """One star already stands for any run of characters: write "a*b", not "a**b"; a star itself is written "\\*" in JSON."""
        },
        {
            """{"a":[{"wildcard":"a\\n"}]}""", "$.a[0].wildcard", 19,
            """The wildcard "a\\n" has a backslash before 'n'.""",
            """A backslash escapes a star or a backslash only: in JSON write "\\*" for a star, "\\\\" for a backslash."""
        },
        {
            """{"a":[{"wildcard":"a\\"}]}""", "$.a[0].wildcard", 19,
            """The wildcard "a\\" ends in a backslash.""",
            """A backslash escapes a star or a backslash only: in JSON write "\\*" for a star, "\\\\" for a backslash."""
        },
        {
            """{"a":[{"cidr":5}]}""", "$.a[0].cidr", 15,
            "'cidr' takes a string, and this is the number 5.",
            """Write {"cidr":"10.0.0.0/8"}."""
        },
        {
            """{"a":[{"cidr":"10.0.0.0"}]}""", "$.a[0].cidr", 15,
            """The range "10.0.0.0" has no slash.""",
            """Write an address and how many of its bits count, as in {"cidr":"10.0.0.0/8"} or {"cidr":"2001:db8::/32"}."""
        },
        {
            """{"a":[{"cidr":"10.0.0.0/8/8"}]}""", "$.a[0].cidr", 15,
            """The range "10.0.0.0/8/8" has more than one slash.""",
            """Write an address and how many of its bits count, as in {"cidr":"10.0.0.0/8"} or {"cidr":"2001:db8::/32"}."""
        },
        {
            """{"a":[{"cidr":"10.0.0/8"}]}""", "$.a[0].cidr", 15,
            """The range "10.0.0/8" does not begin with an IP address.""",
            """Write an address and how many of its bits count, as in {"cidr":"10.0.0.0/8"} or {"cidr":"2001:db8::/32"}."""
        },
        {
            """{"a":[{"cidr":"10.0.0.0/255.0.0.0"}]}""", "$.a[0].cidr", 15,
            """The range "10.0.0.0/255.0.0.0" does not end in a number of bits.""",
            """Write an address and how many of its bits count, as in {"cidr":"10.0.0.0/8"} or {"cidr":"2001:db8::/32"}."""
        },
        {
            """{"a":[{"cidr":"10.0.0.0/32"}]}""", "$.a[0].cidr", 15,
            """The range "10.0.0.0/32" has 32 bits, and must have fewer than 32.""",
            """Write a single address as a plain string: ["10.0.0.0"]."""
        },
        {
            """{"a":[{"cidr":"10.0.0.0/33"}]}""", "$.a[0].cidr", 15,
            """The range "10.0.0.0/33" has 33 bits, and must have fewer than 32.""",
            """Write from 0 to 31 bits, as in {"cidr":"10.0.0.0/16"}."""
        },
        {
            """{"a":[{"cidr":"2001:db8::/128"}]}""", "$.a[0].cidr", 15,
            """The range "2001:db8::/128" has 128 bits, and must have fewer than 128.""",
            """Write a single address as a plain string: ["2001:db8::"]."""
        },
        {
            """{"$or":{}}""", "$.$or", 8,
            "'$or' takes a list of objects, and this is an object.",
            """Write {"$or":[{"a":["x"]},{"b":["y"]}]}."""
        },
        {
            """{"$or":[{"a":[1]}]}""", "$.$or", 2,
            "'$or' needs two alternatives or more, and has 1.",
            """Write {"$or":[{"a":["x"]},{"b":["y"]}]}."""
        },
        {
            """{"$or":[{"a":[1]},["b"]]}""", "$.$or[1]", 19,
            "'$or' takes a list of objects, and this is a list.",
            """Write {"$or":[{"a":["x"]},{"b":["y"]}]}."""
        },
        {
            """{"$or":[{"a":[1]},{}]}""", "$.$or[1]", 19,
            "The object is empty, so it says nothing of any field.",
            """Name a field in it, as in {"field":["value"]}; {"field":[{"exists":true}]} takes any value."""
        },
        {
            """{"$or":[{"a":[1]},{"b":{"<":[2]}}]}""", "$.$or[1].b['<']", 25,
            "'<' is an operator's name, so it cannot be a field's name inside '$or'.",
            """Write the field's name before the operator, as in {"$or":[{"field":[{"<":...}]},{"other":["value"]}]}."""
        },
        {
            """{"my key":{"it's":[{}]}}""", """$['my key']['it\'s'][0]""", 20,
            "The object is empty; an alternative that is an object holds an operator.",
            """Write {"prefix":"a"}."""
        },
    };

    public static TheoryData<string, string, int, string> NotJson => new()
    {
        {
            "", "$", 1,
            """Write a pattern, such as {"source":["orders"]}."""
        },
        {
            "{\"a\"", "$", 5,
            """Close what is still open: strings with ", lists with ], objects with }."""
        },
        {
            """{"a":["b",]}""", "$.a[0]", 11,
            "Take out the comma before it."
        },
        {
            """{"a":[/**/1]}""", "$.a", 7,
            "Take the comment out: JSON has none."
        },
        {
            "{'a':[1]}", "$", 2,
            """Write names and strings in double quotes, as in {"source":["orders"]}."""
        },
        {
            "{a:[1]}", "$", 2,
            """Write names and strings in double quotes, as in {"source":["orders"]}."""
        },
        {
            """{"a":[1] "b":[2]}""", "$.a", 10,
            "Put a comma between the two."
        },
        {
            """{"a":[1.]}""", "$.a", 9,
            "Write numbers as JSON does: 5, -0.5, 1e3."
        },
        {
            """{"a":[+1]}""", "$.a", 7,
            "Write numbers as JSON does: 5, -0.5, 1e3."
        },
        {
            """{"a":["\q"]}""", "$.a", 9,
            """Escape with a backslash only " \ / b f n r t and u with four digits; write a backslash as \\."""
        },
        {
            """{"a":[1]} x""", "$", 11,
            """Write one JSON object, such as {"source":["orders"]}, and nothing behind it."""
        },
    };

    public static TheoryData<string, string, string> StrictRefusals => new()
    {
        { """{"a":[1],"a":[2]}""", "$.a", "'a' is given twice, and only the last would count." },
        { """{"a":{"b":[1]},"a":{"c":[2]}}""", "$.a", "'a' is given twice, and only the last would count." },
        { """{"a":[1],"\u0061":{"b":[2]}}""", "$.a", "'a' is given twice, and only the last would count." },
        { """{"a.b":[1],"a":{"b":[2]}}""", "$.a.b", "'a.b' is given twice, and only the last would count." },
        { """{"a":[1],"$or":[{"a":[2]},{"b":[3]}]}""", "$.$or[0].a", "'a' is given twice, and only the last would count." },
        { """{"$or":[{"a":[2]},{"b":[3]}],"b":[1]}""", "$.b", "'b' is given twice, and only the last would count." },
        { """{"$or":[{"a":[1]},{"b":[2]}],"$or":[{"c":[3]},{"d":[4]}]}""", "$.$or", "The object has two '$or', which most readers of JSON take for one." },
        { """{"a":[1e400]}""", "$.a[0]", "The number 1e400 is larger than any that events are compared by." },
        { """{"$or":["x"]}""", "$.$or[0]", """'$or' takes a list of objects, and this is the string "x".""" },
        { """{"$or":[{"prefix":"a"},{"prefix":"b"}]}""", "$.$or[0].prefix", "'prefix' is an operator's name, so it cannot be a field's name inside '$or'." },
        { """{"$or":{"a":[1]}}""", "$.$or", "'$or' takes a list of objects, and this is an object." },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public void TryParse_BadPattern_TellsPlaceProblemAndRemedyUnderBothProfiles(string text, string path, int column, string problem, string remedy)
    {
        var expected = new EventPatternError(path, 1, column, problem, remedy);

        EventPatternError? strict = Refuse(text, PatternProfile.Strict);
        EventPatternError? eventBridge = Refuse(text, PatternProfile.EventBridge);

        Assert.Equal(expected, strict);
        Assert.Equal(expected, eventBridge);
    }

    [Theory]
    [MemberData(nameof(NotJson))]
    public void TryParse_TextThatIsNotJson_TellsPlaceAndRemedy(string text, string path, int column, string remedy)
    {
        EventPatternError? error = Refuse(text, PatternProfile.EventBridge);

        Assert.Equal((path, 1, column, remedy), (error?.Path, error?.Line, error?.Column, error?.Remedy));
        Assert.StartsWith(text.Length == 0 ? "The pattern is empty." : "The pattern is not JSON: ", error?.Problem, StringComparison.Ordinal);
        Assert.DoesNotContain("LineNumber", error?.Problem, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(StrictRefusals))]
    public void TryParse_Trap_IsRefusedByStrictProfileAlone(string text, string path, string problem)
    {
        EventPatternError? strict = Refuse(text, PatternProfile.Strict);
        EventPatternError? eventBridge = Refuse(text, PatternProfile.EventBridge);

        Assert.Equal((path, problem), (strict?.Path, strict?.Problem));
        Assert.Null(eventBridge);
    }

    [Fact]
    public void TryParse_FaultBehindLineBreaks_CountsLinesAndUtf16Columns()
    {
        EventPatternError? error = Refuse("{\r\n  \"a\": [1],\n  \"é한😀\": 5\n}", PatternProfile.Strict);

        Assert.Equal(("$['é한😀']", 3, 11), (error?.Path, error?.Line, error?.Column));
    }

    [Fact]
    public void TryParse_LoneSurrogateInText_IsRefusedAtItsPlace()
    {
        EventPatternError? error = Refuse("{\"a\":[\"é\uD83D\"]}", PatternProfile.Strict);

        Assert.Equal(("$.a[0]", 1, 9), (error?.Path, error?.Line, error?.Column));
        Assert.Equal("The pattern holds half a surrogate pair, U+D83D, which is no character.", error?.Problem);
    }

    [Theory]
    [InlineData("""{"a":["\uD83D"]}""", "$.a[0]")]
    [InlineData("""{"a":["\uDE00\uD83D"]}""", "$.a[0]")]
    [InlineData("""{"a":[{"prefix":"\uD83D\\uDE00"}]}""", "$.a[0].prefix")]
    [InlineData("""{"\uD83D":[1]}""", @"$['\\uD83D']")]
    public void TryParse_LoneSurrogateEscaped_IsRefused(string text, string path)
    {
        EventPatternError? error = Refuse(text, PatternProfile.EventBridge);

        Assert.Equal(path, error?.Path);
        Assert.Equal("The text holds half a surrogate pair, which is no character.", error?.Problem);
    }

    [Theory]
    [InlineData(257)]
    [InlineData(100_000)]
    public void TryParse_DeepNest_IsRefused(int depth)
    {
        string text = string.Concat(Enumerable.Repeat("{\"a\":", depth)) + "[1]" + new string('}', depth);

        EventPatternError? error = Refuse(text, PatternProfile.Strict);

        Assert.Equal("The pattern nests more than 256 levels deep.", error?.Problem);
    }

    [Fact]
    public void TryParse_DeepestNest_IsTaken()
    {
        string text = string.Concat(Enumerable.Repeat("{\"a\":", 256)) + "[{\"anything-but\":{\"prefix\":[\"x\"]}}]" + new string('}', 256);

        Assert.Null(Refuse(text, PatternProfile.Strict));
    }

    [Theory]
    [InlineData(256, null)]
    [InlineData(257, "The pattern tests more than 256 fields at once.")]
    public void TryParse_ManyFields_AreTakenUpTo256(int count, string? problem)
    {
        string text = $"{{{string.Join(',', Enumerable.Range(0, count).Select(static i => $"\"f{i}\":[1]"))}}}";

        Assert.Equal(problem, Refuse(text, PatternProfile.Strict)?.Problem);
        Assert.Equal(problem, Refuse(text, PatternProfile.EventBridge)?.Problem);
    }

    [Theory]
    [InlineData(10, null)]
    [InlineData(11, "The alternatives of '$or' multiply to more than 1000 combinations.")]
    public void TryParse_OrsSideBySide_MultiplyUpTo1000(int alternatives, string? problem)
    {
        string or = $"\"$or\":[{string.Join(',', Enumerable.Range(0, 10).Select(static i => $"{{\"f{i}\":[1]}}"))}]";
        string wider = $"\"$or\":[{string.Join(',', Enumerable.Range(0, alternatives).Select(static i => $"{{\"f{i}\":[1]}}"))}]";
        string text = $"{{\"a\":{{{or}}},\"b\":{{{or}}},\"c\":{{{wider}}}}}";

        Assert.Equal(problem, Refuse(text, PatternProfile.Strict)?.Problem);
        Assert.Equal(problem, Refuse(text, PatternProfile.EventBridge)?.Problem);
    }

    private static EventPatternError? Refuse(string text, PatternProfile profile) =>
        PatternParser.TryParse(text, profile, out Branch[]? branches, out EventPatternError? error) == (branches is not null && error is null)
            ? error
            : throw new InvalidOperationException("Neither an error nor branches, or both.");
}
