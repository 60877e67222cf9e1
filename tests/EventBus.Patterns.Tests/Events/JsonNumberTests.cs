using System.Globalization;
using System.Numerics;
using System.Text;
using CsCheck;
using EventBus.Patterns.Events;

namespace EventBus.Patterns.Tests.Events;

public sealed class JsonNumberTests
{
    [Theory]
    [InlineData("0", "-0", true)]
    [InlineData("0e5", "0.000", true)]
    [InlineData("300", "3e2", true)]
    [InlineData("300", "300.0", true)]
    [InlineData("300", "0.03E+4", true)]
    [InlineData("-5", "-50e-1", true)]
    [InlineData("-5", "5", false)]
    [InlineData("10", "1", false)]
    [InlineData("100", "1000e-1", true)]
    [InlineData("0.1", "1e-1", true)]
    [InlineData("0.10000000000000000001", "0.1", false)]
    [InlineData("9007199254740993", "9007199254740992", false)]
    [InlineData("1e400", "10e399", true)]
    [InlineData("1e99999999999999999999", "1e99999999999999999999", true)]
    [InlineData("12", "1", false)]
    [InlineData("1", "12", false)]
    public void AreEqual_TwoSpellings_ComparesTheirDecimals(string left, string right, bool areEqual)
    {
        Assert.Equal(areEqual, JsonNumber.AreEqual(Encoding.ASCII.GetBytes(left), Encoding.ASCII.GetBytes(right)));
        Assert.Equal(areEqual, JsonNumber.AreEqual(Encoding.ASCII.GetBytes(right), Encoding.ASCII.GetBytes(left)));
    }

    [Theory]
    [InlineData("0.1", true)]
    [InlineData("1.00000000000000000000000", true)]
    [InlineData("9007199254740992", true)]
    [InlineData("9007199254740993", false)]
    [InlineData("12345678901234567891", false)]
    [InlineData("0.8749133376866274659", false)]
    [InlineData("1.7976931348623157e308", true)]
    [InlineData("1e309", false)]
    [InlineData("-1e400", false)]
    [InlineData("5e-324", true)]
    [InlineData("1e-320", true)]
    [InlineData("1e-400", false)]
    [InlineData("0e-400", true)]
    public void IsHeldExactly_Number_IsThatWhichItsNearestDoubleIsWrittenAs(string text, bool isHeld) =>
        Assert.Equal(isHeld, JsonNumber.IsHeldExactly(Encoding.ASCII.GetBytes(text)));

    [Fact]
    public void Parse_AnyDouble_IsThatDouble() => Gen.Double.Where(double.IsFinite).Sample(
        static value =>
        {
            foreach (string format in (string[])["R", "E16", "E5", "F3"])
            {
                string text = value.ToString(format, CultureInfo.InvariantCulture);
                double parsed = JsonNumber.Parse(Encoding.ASCII.GetBytes(text), out bool hasManyDigits);
                Assert.Equal(double.Parse(text, CultureInfo.InvariantCulture), parsed);
                if (!hasManyDigits)
                {
                    // Few digits come back unchanged: that is what equality relies on when it skips the text.
                    string shortest = parsed.ToString("R", CultureInfo.InvariantCulture);
                    Assert.True(JsonNumber.AreEqual(Encoding.ASCII.GetBytes(text), Encoding.ASCII.GetBytes(shortest)), text);
                }
            }
        },
        iter: 20_000);

    [Fact]
    public void AreEqual_AnyTwoDecimals_AgreesWithExactArithmetic() =>
        Gen.Select(Gen.Int[-99_999, 99_999], Gen.Int[-8, 8], Gen.Int[-99_999, 99_999], Gen.Int[-8, 8]).Sample(
            static (leftDigits, leftPower, rightDigits, rightPower) =>
            {
                bool areEqual = leftDigits * BigInteger.Pow(10, leftPower + 8) == rightDigits * BigInteger.Pow(10, rightPower + 8);
                byte[] left = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{leftDigits}e{leftPower}"));
                byte[] right = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{rightDigits}E{rightPower:+00;-00}"));
                Assert.Equal(areEqual, JsonNumber.AreEqual(left, right));
            },
            iter: 50_000);
}
